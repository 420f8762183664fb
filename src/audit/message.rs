//! Messages that name everybody, within the bound of the resource's fields.

use super::facts::Actor;

/// The most characters (Unicode code points, as the resource's schema counts) of a message.
pub(super) const MAX_LENGTH: usize = 512;

/// The most characters of one mention; a login has at most 39, a commit's name is free.
const MAX_MENTION: usize = 160;

/// The most characters of a note.
const MAX_NOTE: usize = 256;

/// What `and 1234567 more` takes at most, with the comma before it.
const MAX_REST: usize = 32;

/// The text, then the mentions as far as they fit, then how many more there are.
pub(super) fn naming(text: &str, mentions: &[String]) -> String {
    let mut message = cut(text, MAX_LENGTH - MAX_MENTION - MAX_REST - 4);
    for (at, mention) in mentions.iter().enumerate() {
        let mention = cut(mention, MAX_MENTION);
        let length = message.chars().count() + mention.chars().count() + MAX_REST + 2;
        if length > MAX_LENGTH {
            return format!("{message}, and {} more", mentions.len() - at);
        }
        message.push_str(if at == 0 { ": " } else { ", " });
        message.push_str(&mention);
    }
    message
}

/// The first characters of a commit's object id, as GitHub shows it.
pub(super) fn short(oid: &str) -> String {
    oid.chars().take(12).collect()
}

/// A login, or the words for an account that is gone.
pub(super) fn login(actor: Option<&Actor>) -> &str {
    actor.map_or("a deleted account", |actor| actor.login.as_str())
}

/// The text with a note after it; of a text that is too long for both, its beginning.
pub(super) fn noting(text: &str, note: &str) -> String {
    let note = cut(note, MAX_NOTE);
    let length = MAX_LENGTH - note.chars().count() - 2;
    format!("{}; {note}", cut(text, length))
}

/// The text, or its first characters and an ellipsis.
pub(super) fn cut(text: &str, length: usize) -> String {
    if text.chars().count() <= length {
        return text.to_owned();
    }
    let kept: String = text.chars().take(length - 1).collect();
    format!("{kept}…")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everybody_is_named_while_they_fit() {
        let names = ["bob".to_owned(), "carol".to_owned()];
        assert_eq!(naming("approved", &names), "approved: bob, carol");
        assert_eq!(naming("approved", &[]), "approved");
    }

    #[test]
    fn those_who_do_not_fit_are_counted() {
        let names: Vec<String> = (0..100).map(|n| format!("person-{n:031}")).collect();
        let message = naming("approved", &names);
        assert!(message.chars().count() <= MAX_LENGTH, "{message}");
        let shown = message.matches("person-").count();
        assert!(shown > 5, "{message}");
        assert!(message.ends_with(&format!(", and {} more", 100 - shown)));
    }

    #[test]
    fn one_endless_name_is_cut() {
        let message = naming("approved", &["ß".repeat(10_000)]);
        assert!(message.chars().count() <= MAX_LENGTH);
        assert!(message.starts_with("approved: ß") && message.ends_with('…'));
    }
}
