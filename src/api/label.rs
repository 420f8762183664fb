//! Names of GitHub as label values of Kubernetes.

use crate::digest::Digest;

/// The most characters of a label value.
/// <https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#syntax-and-character-set>
const MAX_LENGTH: usize = 63;
/// What is kept of a name that is no label value; a dash and 16 digits follow.
const KEPT: usize = MAX_LENGTH - 17;

/// The name itself where it is a label value; else what can be kept of it and a hash, so that two names never share one value.
///
/// A repository's name may have 100 characters and begin with a dot (`.github`): neither is allowed in a label value.
pub fn label_value(name: &str) -> String {
    if is_label_value(name) {
        return name.to_owned();
    }
    let kept: String = name
        .chars()
        .filter(|c| is_inner(*c))
        .skip_while(|c| !c.is_ascii_alphanumeric())
        .take(KEPT)
        .collect();
    let hash = Digest::of(name.as_bytes()).short();
    if kept.is_empty() {
        return hash;
    }
    format!("{kept}-{hash}")
}

fn is_label_value(name: &str) -> bool {
    let ends_well = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
    name.len() <= MAX_LENGTH
        && ends_well(name.chars().next())
        && ends_well(name.chars().last())
        && name.chars().all(is_inner)
}

fn is_inner(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_is_a_label_value_stays() {
        for name in ["payments", "a", "A.b_c-9", &"x".repeat(63)] {
            assert_eq!(label_value(name), name);
        }
    }

    #[test]
    fn any_other_name_becomes_a_label_value_of_its_own() {
        let names = [
            ".github",
            "-",
            "",
            "a-",
            "übung",
            &"x".repeat(64),
            &"x".repeat(100),
        ];
        let values: std::collections::BTreeSet<_> = names.iter().map(|n| label_value(n)).collect();
        assert_eq!(values.len(), names.len());
        assert!(
            values.iter().all(|value| is_label_value(value)),
            "{values:?}"
        );
        assert!(values.iter().any(|value| value.starts_with("github-")));
    }
}
