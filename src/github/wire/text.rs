//! Other people's words, as far as they are kept: cut, and without e-mail addresses.

/// What stands in the place of an e-mail address.
const STRUCK_OUT: &str = "[e-mail]";

/// A text without e-mail addresses, at most so many characters of it. Nothing is cut before the addresses are out, so that no
/// half of one stays.
pub(super) fn excerpt(text: &str, limit: usize) -> String {
    without_addresses(text).chars().take(limit).collect()
}

/// Replaces everything of the form `local@domain.tld`; a mention (`@alice`) stays.
pub(in crate::github) fn without_addresses(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('@') {
        let (before, after) = (&rest[..at], &rest[at + 1..]);
        let start = before.len() - length(before.chars().rev(), is_local);
        let domain = after[..length(after.chars(), is_domain)].trim_end_matches(['.', '-']);
        if start == at || !domain.contains('.') {
            kept.push_str(&rest[..=at]);
            rest = after;
            continue;
        }
        kept.push_str(&before[..start]);
        kept.push_str(STRUCK_OUT);
        rest = &after[domain.len()..];
    }
    kept.push_str(rest);
    kept
}

/// How many bytes the first characters have that are all of a kind.
fn length(text: impl Iterator<Item = char>, is_kind: fn(char) -> bool) -> usize {
    text.take_while(|character| is_kind(*character))
        .map(char::len_utf8)
        .sum()
}

/// RFC 5322's `atom`, with its dots, in any script (RFC 6532).
fn is_local(character: char) -> bool {
    character.is_alphanumeric() || "!#$%&'*+-/=?^_`{|}~.".contains(character)
}

fn is_domain(character: char) -> bool {
    character.is_alphanumeric() || matches!(character, '.' | '-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_struck_out_and_mentions_stay() {
        for (text, expected) in [
            ("", ""),
            ("ask @alice", "ask @alice"),
            ("a@b", "a@b"),
            ("bob@example.com", "[e-mail]"),
            (
                "Co-authored-by: Bob <b.o+b@mail.example.com>.",
                "Co-authored-by: Bob <[e-mail]>.",
            ),
            ("write to bob@example.com.", "write to [e-mail]."),
            ("jürgen@bücher.example, @bob", "[e-mail], @bob"),
            ("a@b@example.org", "a@[e-mail]"),
            ("@@", "@@"),
        ] {
            assert_eq!(without_addresses(text), expected, "{text}");
        }
    }

    #[test]
    fn a_cut_leaves_no_half_of_an_address() {
        assert_eq!(excerpt("é bob@example.com", 6), "é [e-m");
        assert_eq!(excerpt("short", 100), "short");
    }
}
