//! What some tickets are about: named by their categories, as a campaign (专项行动) names them.

use serde::Deserialize;

use super::ticket::Ticket;

/// Some categories of tickets: codes, beginnings of codes, names of categories or of their groups. None: all tickets.
#[derive(Deserialize, Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Matter(pub Vec<String>);

impl Matter {
    /// True for tickets that are about it.
    pub fn holds(&self, ticket: &Ticket) -> bool {
        let is_this = |wanted: &String| {
            ticket.category_code.starts_with(wanted.as_str())
                || *ticket.category == **wanted
                || *ticket.category_group == **wanted
        };
        self.0.is_empty() || self.0.iter().any(is_this)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tickets_are_known_by_code_name_and_group() {
        let ticket = Ticket {
            category_code: "0203".into(),
            category: "供水不足".into(),
            category_group: "供水供电".into(),
            ..Ticket::reported("T1", jiff::Timestamp::UNIX_EPOCH)
        };
        let about = |wanted: &[&str]| Matter(wanted.iter().map(|it| (*it).to_owned()).collect()).holds(&ticket);
        assert!(about(&[]) && about(&["02"]) && about(&["0203"]) && about(&["供水不足"]) && about(&["x", "供水供电"]));
        assert!(!about(&["03"]) && !about(&["供水"]));
    }
}
