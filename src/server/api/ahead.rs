//! The page after the last one of a list of tickets, made while its reader still digests that: whoever reads a year of
//! tickets page by page does not wait for the database in between. One page is kept, until it is asked for or another
//! takes its place. Partner: `items.rs`, which makes the pages.

use std::sync::Mutex;

use tokio::task::JoinHandle;

use super::items::TicketPage;

/// The page that is made ahead, under its tag: which says of which state it is, and how it must be asked for.
#[derive(Default)]
pub struct Ahead(Mutex<Option<(String, JoinHandle<Option<TicketPage>>)>>);

impl Ahead {
    /// Begins to make a page.
    pub(super) fn make(&self, tag: String, page: impl Future<Output = Option<TicketPage>> + Send + 'static) {
        let making = tokio::spawn(page);
        *self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner()) = Some((tag, making));
    }

    /// The page with this tag, if it has been made or is being made; once.
    pub(super) async fn take(&self, tag: &str) -> Option<TicketPage> {
        let making = {
            let mut slot = self.0.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
            slot.take_if(|(made, _)| made == tag)?.1
        };
        // Changes may have come since the tag was made.
        making.await.ok().flatten().filter(|page| page.tag == tag)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(tag: &str) -> Option<TicketPage> {
        Some(TicketPage { tag: tag.into(), body: "b".into(), next: None })
    }

    #[test]
    fn a_page_is_there_once_under_its_tag_and_not_when_the_tickets_have_changed() {
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        runtime.block_on(async {
            let ahead = Ahead::default();
            ahead.make("a".into(), async { page("a") });
            assert!(ahead.take("b").await.is_none(), "another page");
            assert_eq!(ahead.take("a").await.expect("made").body, "b");
            assert!(ahead.take("a").await.is_none(), "only once");
            ahead.make("a".into(), async { page("c") });
            assert!(ahead.take("a").await.is_none(), "made of another state");
            ahead.make("a".into(), async { None });
            ahead.make("d".into(), async { page("d") });
            assert!(ahead.take("a").await.is_none() && ahead.take("d").await.is_some(), "the newest is kept");
        });
    }
}
