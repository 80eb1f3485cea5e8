//! A line on standard error while work takes long; nothing when it is not a terminal.

use probity_engine::Progress;
use std::{
    io::{IsTerminal, Write},
    sync::{
        Arc,
        atomic::Ordering,
        mpsc::{self, RecvTimeoutError, Sender},
    },
    thread::JoinHandle,
    time::{Duration, Instant},
};

/// Shows a run's counters until dropped.
pub(crate) struct Ticker {
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

const FIRST: Duration = Duration::from_millis(700);
const EACH: Duration = Duration::from_millis(200);

impl Ticker {
    pub(crate) fn start(progress: &Arc<Progress>, quiet: bool) -> Self {
        if quiet || !std::io::stderr().is_terminal() {
            return Self { stop: None, thread: None };
        }
        let progress = Arc::clone(progress);
        let (stop, stopped) = mpsc::channel();
        let thread = std::thread::spawn(move || {
            let started = Instant::now();
            let mut shown = false;
            let mut wait = FIRST;
            while let Err(RecvTimeoutError::Timeout) = stopped.recv_timeout(wait) {
                wait = EACH;
                shown = true;
                let (entries, layers) = (progress.entries.load(Ordering::Relaxed), progress.layers.load(Ordering::Relaxed));
                let line = format!("\r\x1b[2Kscanning: {entries} entries in {layers} layers, {} s", started.elapsed().as_secs());
                // Progress that cannot be shown is not worth an error.
                let _ = std::io::stderr().write_all(line.as_bytes());
            }
            if shown {
                let _ = std::io::stderr().write_all(b"\r\x1b[2K");
            }
        });
        Self { stop: Some(stop), thread: Some(thread) }
    }
}

impl Drop for Ticker {
    fn drop(&mut self) {
        self.stop.take();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
