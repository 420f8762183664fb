//! The name of a GraphQL operation, read from the text where the request does not say it.
use serde_json::Value;

/// `operationName`, or the name of the document's first operation.
pub(crate) fn name(body: &[u8]) -> Option<String> {
    let request: Value = serde_json::from_slice(body).ok()?;
    let named = request["operationName"].as_str().map(str::to_owned);
    named.or_else(|| first_named(request["query"].as_str()?))
}

/// Looks at words outside of brackets only, so that fields and arguments called `query` do not count.
fn first_named(text: &str) -> Option<String> {
    let code: String = text
        .lines()
        .map(|line| line.split('#').next().unwrap_or_default())
        .collect::<Vec<_>>()
        .join(" ");
    let mut depth = 0_usize;
    let outside: String = code
        .chars()
        .map(|character| {
            match character {
                '{' | '(' | '[' => depth += 1,
                '}' | ')' | ']' => depth = depth.saturating_sub(1),
                _ if depth == 0 => return character,
                _ => {}
            }
            ';'
        })
        .collect();
    let mut words = outside
        .replace(';', " ; ")
        .split_whitespace()
        .map(str::to_owned)
        .collect::<Vec<_>>()
        .into_iter();
    words.find(|word| matches!(word.as_str(), "query" | "mutation" | "subscription"))?;
    words.next().filter(|word| word != ";")
}

#[cfg(test)]
mod tests {
    use super::name;
    use serde_json::json;

    fn of(query: &str) -> Option<String> {
        name(json!({ "query": query }).to_string().as_bytes())
    }

    #[test]
    fn the_name_is_found_behind_comments_and_fragments() {
        let text = "# query Wrong {\nfragment F on User { query }\nquery Right($q: String!) { viewer { ...F } }";
        assert_eq!(of(text).as_deref(), Some("Right"));
        assert_eq!(of("query Bare{viewer{login}}").as_deref(), Some("Bare"));
        assert_eq!(of("query($q: String!) { query }"), None);
        assert_eq!(of("{ query Wrong { id } }"), None);
    }

    #[test]
    fn what_the_request_says_goes_first() {
        let body = json!({ "query": "query A { id }", "operationName": "B" }).to_string();
        assert_eq!(name(body.as_bytes()).as_deref(), Some("B"));
        assert_eq!(name(b"no json"), None);
    }
}
