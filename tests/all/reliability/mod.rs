//! The wall's client over real sockets through a proxy that spoils them, with the reference platform behind it. The cases
//! that need minutes are in virtual time, in `platform/sim/catalogue`; the table of all of them is `docs/reliability.md`.

mod certificates;
mod hostile;
mod limits;
mod load;
mod proxy;
mod sockets;
