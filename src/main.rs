//! The program: everything is in the library.

fn main() -> std::process::ExitCode {
    gridwall::heap::settle();
    gridwall::cli::run()
}
