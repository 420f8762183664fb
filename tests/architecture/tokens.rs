//! Enough of Rust's lexical grammar to read paths: no comments, no strings, and which tokens are test code.

/// The tokens of a file.
pub(crate) struct Source {
    /// All of them.
    pub(crate) all: Vec<String>,
    /// Those outside `#[cfg(test)] mod … { … }`.
    pub(crate) production: Vec<String>,
    /// How many lines are outside such modules.
    pub(crate) production_lines: usize,
}

/// A token and the line it is on, from 0.
struct Token {
    text: String,
    line: usize,
}

pub(crate) fn tokenize(text: &str) -> Source {
    let tokens = lex(text);
    let tests = test_modules(&tokens);
    let is_test = |at: usize| {
        tests
            .iter()
            .any(|(start, end)| (*start..=*end).contains(&at))
    };
    let test_lines: usize = tests
        .iter()
        .map(|(start, end)| tokens[*end].line - tokens[*start].line + 1)
        .sum();
    let production = tokens.iter().enumerate().filter(|(at, _)| !is_test(*at));
    Source {
        production: production.map(|(_, token)| token.text.clone()).collect(),
        production_lines: text.lines().count() - test_lines,
        all: tokens.into_iter().map(|token| token.text).collect(),
    }
}

/// From the `#` of each `#[cfg(test)] mod name {` to its closing brace.
fn test_modules(tokens: &[Token]) -> Vec<(usize, usize)> {
    const START: [&str; 8] = ["#", "[", "cfg", "(", "test", ")", "]", "mod"];
    let mut found = Vec::new();
    for start in 0..tokens.len() {
        let matches = START.iter().enumerate().all(|(at, text)| {
            tokens
                .get(start + at)
                .is_some_and(|token| token.text == *text)
        });
        let open = start + START.len() + 1;
        if matches && tokens.get(open).is_some_and(|token| token.text == "{") {
            found.push((start, closing(tokens, open)));
        }
    }
    found
}

fn closing(tokens: &[Token], open: usize) -> usize {
    let mut depth = 0_usize;
    for (at, token) in tokens.iter().enumerate().skip(open) {
        match token.text.as_str() {
            "{" => depth += 1,
            "}" if depth == 1 => return at,
            "}" => depth -= 1,
            _ => {}
        }
    }
    tokens.len() - 1
}

fn lex(text: &str) -> Vec<Token> {
    let chars: Vec<char> = text.chars().collect();
    let mut tokens = Vec::new();
    let (mut at, mut line) = (0, 0);
    while at < chars.len() {
        let (end, is_token) = lexeme(&chars, at);
        if is_token {
            tokens.push(Token {
                text: chars[at..end].iter().collect(),
                line,
            });
        }
        line += chars[at..end].iter().filter(|c| **c == '\n').count();
        at = end;
    }
    tokens
}

/// Where the lexeme at `at` ends, and whether it is a token: a word, `::` or a sign.
fn lexeme(chars: &[char], at: usize) -> (usize, bool) {
    let next = |offset: usize| chars.get(at + offset).copied().unwrap_or('\0');
    match chars[at] {
        '/' if next(1) == '/' => (until(chars, at, |c| c == '\n'), false),
        '/' if next(1) == '*' => (block_comment(chars, at), false),
        '"' => (string(chars, at + 1), false),
        'r' | 'b' | 'c' if prefixed_string(chars, at).is_some() => {
            (prefixed_string(chars, at).unwrap_or(at + 1), false)
        }
        '\'' => (quote(chars, at), false),
        ':' if next(1) == ':' => (at + 2, true),
        c if is_word(c) => (until(chars, at, |c| !is_word(c)), true),
        c => (at + 1, !c.is_whitespace()),
    }
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

fn until(chars: &[char], start: usize, stop: impl Fn(char) -> bool) -> usize {
    let length = chars[start..].iter().position(|c| stop(*c));
    length.map_or(chars.len(), |length| start + length)
}

fn block_comment(chars: &[char], start: usize) -> usize {
    let (mut at, mut depth) = (start, 0_usize);
    while at + 1 < chars.len() {
        match (chars[at], chars[at + 1]) {
            ('/', '*') => (at, depth) = (at + 2, depth + 1),
            ('*', '/') if depth == 1 => return at + 2,
            ('*', '/') => (at, depth) = (at + 2, depth - 1),
            _ => at += 1,
        }
    }
    chars.len()
}

/// The end of a string whose first character after the quote is at `at`.
fn string(chars: &[char], mut at: usize) -> usize {
    while at < chars.len() {
        match chars[at] {
            '\\' => at += 2,
            '"' => return at + 1,
            _ => at += 1,
        }
    }
    chars.len()
}

/// The end of `r"…"`, `r#"…"#`, `b"…"`, `br"…"`, `c"…"` and their kin, if one starts here.
fn prefixed_string(chars: &[char], start: usize) -> Option<usize> {
    // A word that ends in one of these letters is no prefix.
    if start > 0 && is_word(chars[start - 1]) {
        return None;
    }
    let letters = until(chars, start, |c| !matches!(c, 'r' | 'b' | 'c'));
    let hashes = until(chars, letters, |c| c != '#') - letters;
    if chars.get(letters + hashes) != Some(&'"') {
        return None;
    }
    if !chars[start..letters].contains(&'r') {
        return (hashes == 0).then(|| string(chars, letters + 1));
    }
    let body = letters + hashes + 1;
    let is_end = |at: &usize| {
        chars[*at] == '"' && (1..=hashes).all(|hash| chars.get(at + hash) == Some(&'#'))
    };
    (body..chars.len()).find(is_end).map(|at| at + 1 + hashes)
}

/// The end of a character such as `'a'` or `'\n'`, or of a lifetime.
fn quote(chars: &[char], at: usize) -> usize {
    if chars.get(at + 1) == Some(&'\\') {
        return until(chars, at + 3, |c| c == '\'') + 1;
    }
    if chars.get(at + 2) == Some(&'\'') {
        return at + 3;
    }
    until(chars, at + 1, |c| !is_word(c))
}
