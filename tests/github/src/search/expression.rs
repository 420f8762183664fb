//! How the words of a search query belong together. GitHub has two searches: the older one knows only words that must all
//! hold, but takes several `org:`, `user:` and `repo:` as alternatives; the advanced one has `AND`, `OR`, `NOT` and brackets,
//! and takes everything that stands side by side together.
//! <https://docs.github.com/issues/tracking-your-work-with-issues/using-issues/filtering-and-searching-issues-and-pull-requests>
use super::grammar::{Order, Qualifier, parse_order, parse_qualifier};
use crate::settings::{Backend, UnknownQualifiers};

/// Longest free text, in characters, "not including operators or qualifiers".
const LONGEST_TEXT: usize = 256;
/// Most `AND`, `OR` and `NOT` of a query.
const MOST_OPERATORS: usize = 5;
/// Deepest nesting of brackets.
const DEEPEST: usize = 5;

/// A whole query.
#[derive(Debug, Clone)]
pub(crate) struct SearchQuery {
    /// What must hold.
    pub condition: Condition,
    /// Order of the results.
    pub order: Order,
}

/// What must hold.
#[derive(Debug, Clone)]
pub(crate) enum Condition {
    All(Vec<Self>),
    Any(Vec<Self>),
    Not(Box<Self>),
    Is(Qualifier),
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    Open,
    Close,
    And,
    Or,
    Not,
    Word(String),
}

/// Reads tokens one after the other.
struct Parser {
    tokens: std::iter::Peekable<std::vec::IntoIter<Token>>,
    unknown: UnknownQualifiers,
    depth: usize,
    text: usize,
}

// === impl SearchQuery ===

impl SearchQuery {
    /// Reads a query; the error is for people.
    pub(crate) fn parse(
        text: &str,
        backend: Backend,
        unknown: UnknownQualifiers,
    ) -> Result<Self, String> {
        let mut order = Order::CreatedDescending;
        let mut tokens = Vec::new();
        for token in split(text, backend)? {
            match &token {
                Token::Word(word) => match word.strip_prefix("sort:") {
                    Some(sort) => order = parse_order(sort)?,
                    None => tokens.push(token),
                },
                _ => tokens.push(token),
            }
        }
        check_operators(&tokens)?;
        let mut parser = Parser {
            tokens: tokens.into_iter().peekable(),
            unknown,
            depth: 0,
            text: 0,
        };
        let mut condition = parser.any()?;
        if parser.tokens.next().is_some() {
            return Err("A bracket is closed that was not opened.".to_owned());
        }
        if parser.text > LONGEST_TEXT {
            return Err("The search is longer than 256 characters.".to_owned());
        }
        if backend == Backend::Legacy {
            condition = condition.with_alternative_owners();
        }
        Ok(Self { condition, order })
    }
}

fn check_operators(tokens: &[Token]) -> Result<(), String> {
    let is_operator = |token: &&Token| matches!(token, Token::And | Token::Or | Token::Not);
    if tokens.iter().filter(is_operator).count() > MOST_OPERATORS {
        return Err("More than five AND / OR / NOT operators were used.".to_owned());
    }
    Ok(())
}

// === impl Condition ===

impl Condition {
    /// Whether it holds, given which qualifiers hold.
    pub(crate) fn holds(&self, is: &impl Fn(&Qualifier) -> bool) -> bool {
        match self {
            Self::All(all) => all.iter().all(|condition| condition.holds(is)),
            Self::Any(any) => any.iter().any(|condition| condition.holds(is)),
            Self::Not(condition) => !condition.holds(is),
            Self::Is(qualifier) => is(qualifier),
        }
    }

    /// Whether it may hold, given which qualifiers hold as far as that is known.
    pub(crate) fn may_hold(&self, is: &impl Fn(&Qualifier) -> Option<bool>) -> bool {
        match self {
            Self::All(all) => all.iter().all(|condition| condition.may_hold(is)),
            Self::Any(any) => any.iter().any(|condition| condition.may_hold(is)),
            Self::Not(condition) => match &**condition {
                Self::Is(qualifier) => is(qualifier) != Some(true),
                _ => true,
            },
            Self::Is(qualifier) => is(qualifier) != Some(false),
        }
    }

    /// The qualifiers that are not negated.
    pub(crate) fn positive(&self) -> Vec<&Qualifier> {
        match self {
            Self::All(parts) | Self::Any(parts) => parts.iter().flat_map(Self::positive).collect(),
            Self::Not(_) => Vec::new(),
            Self::Is(qualifier) => vec![qualifier],
        }
    }

    fn is_owner(&self) -> bool {
        matches!(
            self,
            Self::Is(Qualifier::Owner(_) | Qualifier::Repository { .. })
        )
    }

    fn with_alternative_owners(self) -> Self {
        let Self::All(all) = self else { return self };
        let (owners, mut others): (Vec<_>, Vec<_>) = all.into_iter().partition(Self::is_owner);
        if !owners.is_empty() {
            others.push(Self::Any(owners));
        }
        Self::All(others)
    }
}

// === impl Parser ===

impl Parser {
    fn any(&mut self) -> Result<Condition, String> {
        let mut parts = vec![self.all()?];
        while self.tokens.next_if_eq(&Token::Or).is_some() {
            parts.push(self.all()?);
        }
        Ok(match parts.len() {
            1 => parts.remove(0),
            _ => Condition::Any(parts),
        })
    }

    fn all(&mut self) -> Result<Condition, String> {
        let mut parts = Vec::new();
        while let Some(token) = self.tokens.peek() {
            match token {
                Token::Or | Token::Close => break,
                Token::And => {
                    self.tokens.next();
                }
                Token::Open | Token::Not | Token::Word(_) => parts.push(self.one()?),
            }
        }
        Ok(Condition::All(parts))
    }

    fn one(&mut self) -> Result<Condition, String> {
        match self.tokens.next() {
            Some(Token::Not) => negate(self.one()?),
            Some(Token::Open) => self.bracket(),
            Some(Token::Word(word)) => self.word(&word),
            _ => Err("An operator has nothing to work on.".to_owned()),
        }
    }

    fn bracket(&mut self) -> Result<Condition, String> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err("Brackets are nested more than five levels deep.".to_owned());
        }
        let inner = self.any()?;
        self.depth -= 1;
        self.tokens
            .next_if_eq(&Token::Close)
            .map(|_| inner)
            .ok_or_else(|| "A bracket is not closed.".to_owned())
    }

    fn word(&mut self, word: &str) -> Result<Condition, String> {
        if let Some(positive) = word.strip_prefix('-') {
            return negate(self.word(positive)?);
        }
        let qualifier = parse_qualifier(word, self.unknown)?;
        if let Qualifier::Word(text) = &qualifier {
            self.text += text.chars().count();
        }
        Ok(Condition::Is(qualifier))
    }
}

fn negate(condition: Condition) -> Result<Condition, String> {
    if matches!(condition, Condition::Is(Qualifier::Time(..))) {
        return Err("A date cannot be negated.".to_owned());
    }
    Ok(Condition::Not(Box::new(condition)))
}

/// Splits at spaces outside of quotes and takes the quotes away; what was quoted is no operator.
fn split(text: &str, backend: Backend) -> Result<Vec<Token>, String> {
    let mut tokens = Vec::new();
    let (mut word, mut is_quoted, mut was_quoted) = (String::new(), false, false);
    for character in text.chars().chain([' ']) {
        let bracket = match character {
            '(' if word.is_empty() || word == "-" => Some(Token::Open),
            ')' => Some(Token::Close),
            _ => None,
        };
        let bracket = bracket.filter(|_| !is_quoted && backend == Backend::Advanced);
        match character {
            '"' => (is_quoted, was_quoted) = (!is_quoted, true),
            _ if bracket.is_some() || (character == ' ' && !is_quoted) => {
                let ended = std::mem::take(&mut word);
                tokens.extend(token(ended, was_quoted, backend)?);
                tokens.extend(bracket);
                was_quoted = false;
            }
            other => word.push(other),
        }
    }
    if is_quoted {
        return Err("A quotation mark is not closed.".to_owned());
    }
    Ok(tokens)
}

fn token(word: String, was_quoted: bool, backend: Backend) -> Result<Option<Token>, String> {
    Ok(match word.as_str() {
        "" => None,
        _ if was_quoted => Some(Token::Word(word)),
        // A `-` before a bracket.
        "NOT" | "-" => Some(Token::Not),
        "AND" | "OR" if backend == Backend::Legacy => {
            return Err(format!(
                "The operator {word} is for words of code and repositories only: write qualifiers that must all hold."
            ));
        }
        "AND" => Some(Token::And),
        "OR" => Some(Token::Or),
        _ => Some(Token::Word(word)),
    })
}
