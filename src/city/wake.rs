//! Work on other threads without drawing frames only to ask whether it is done: its end wakes the wall.
//!
//! Who runs the wall sets [`Wake`]; without one, as for a picture, every update looks again anyway.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use bevy::prelude::*;
use bevy::tasks::{AsyncComputeTaskPool, Task};

/// Calls for another frame, from any thread.
#[derive(Resource, Clone, Default)]
pub struct Wake(Option<Arc<Call>>);

struct Call(Box<dyn Fn() + Send + Sync>);

impl std::task::Wake for Call {
    fn wake(self: Arc<Self>) {
        (self.0)();
    }
}

impl Wake {
    /// `call` asks for a frame.
    pub fn new(call: impl Fn() + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(Call(Box::new(call)))))
    }

    fn poll<T>(&self, task: &mut Task<T>) -> Option<T> {
        let waker = self.0.clone().map_or_else(|| Waker::noop().clone(), Waker::from);
        match Pin::new(task).poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(made) => Some(made),
            Poll::Pending => None,
        }
    }
}

/// Work on the task threads whose end calls for a frame. Dropping it gives the work up.
#[derive(Debug)]
pub struct Errand<T> {
    task: Task<T>,
    made: Option<T>,
}

impl<T: Send + 'static> Errand<T> {
    /// Begins the work.
    pub fn start(work: impl Future<Output = T> + Send + 'static, wake: &Wake) -> Self {
        Self::of(AsyncComputeTaskPool::get().spawn(work), wake)
    }

    fn of(mut task: Task<T>, wake: &Wake) -> Self {
        // Who asks leaves word whom to wake; done already, nobody would.
        let made = wake.poll(&mut task);
        if let (Some(_), Some(call)) = (&made, &wake.0) {
            (call.0)();
        }
        Self { task, made }
    }

    /// What was made, once; `None` while it is being made. Not to be asked again after that.
    pub fn take(&mut self, wake: &Wake) -> Option<T> {
        self.made.take().or_else(|| wake.poll(&mut self.task))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bevy::tasks::TaskPool;
    use std::time::Duration;

    #[test]
    fn the_end_of_an_errand_wakes_and_its_work_is_there() {
        let pool = TaskPool::new();
        let (go, gone) = crossbeam_channel::bounded::<()>(1);
        let (woken, wakes) = crossbeam_channel::unbounded();
        let wake = Wake::new(move || _ = woken.send(()));
        let task = pool.spawn(async move {
            let _ = gone.recv();
            7
        });
        let mut errand = Errand::of(task, &wake);
        assert_eq!(errand.take(&wake), None);
        assert!(wakes.is_empty(), "nothing is done yet");
        go.send(()).expect("it waits");
        wakes.recv_timeout(Duration::from_secs(60)).expect("woken");
        assert_eq!(errand.take(&wake), Some(7));
    }

    #[test]
    fn an_errand_that_ends_at_once_wakes_too() {
        let pool = TaskPool::new();
        let (woken, wakes) = crossbeam_channel::unbounded();
        let wake = Wake::new(move || _ = woken.send(()));
        let task = pool.spawn(async { 7 });
        while !task.is_finished() {
            std::thread::yield_now();
        }
        let mut errand = Errand::of(task, &wake);
        wakes.recv_timeout(Duration::from_secs(60)).expect("woken");
        assert_eq!(errand.take(&wake), Some(7));
    }
}
