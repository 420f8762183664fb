//! Logging: a tracing subscriber that writes to standard error, as text for people or JSON for machines.

use std::io::{self, IsTerminal};
use std::str::FromStr;

use tracing::subscriber::Subscriber;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;

/// How log lines look.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Format {
    /// One line for people, with colours on a terminal.
    #[default]
    Text,
    /// One JSON object a line, its fields beside `timestamp`, `level`, `message` and `target`.
    Json,
}

/// Why logging could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The filter cannot be read.
    #[error(
        "the log filter {filter:?} is invalid: write a level such as info, or info,mergeaudit=debug"
    )]
    InvalidFilter {
        /// The filter.
        filter: String,
        /// What is wrong with it.
        source: tracing_subscriber::filter::ParseError,
    },
    /// The process logs already.
    #[error("logging is set up already")]
    AlreadySet(#[source] tracing::subscriber::SetGlobalDefaultError),
}

/// A format that is neither `text` nor `json`.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("the log format {0:?} is unknown: use text or json")]
pub struct UnknownFormat(String);

/// Logs what passes `filter` (directives as of [`EnvFilter`], such as `info,mergeaudit=debug`) to standard error, for the
/// rest of the process. The environment is not read.
pub fn init(format: Format, filter: &str) -> Result<(), Error> {
    let colours = io::stderr().is_terminal();
    let subscriber = subscriber(format, filter, colours, io::stderr)?;
    tracing::subscriber::set_global_default(subscriber).map_err(Error::AlreadySet)
}

fn subscriber<W>(
    format: Format,
    filter: &str,
    colours: bool,
    writer: W,
) -> Result<Box<dyn Subscriber + Send + Sync>, Error>
where
    W: for<'a> MakeWriter<'a> + Send + Sync + 'static,
{
    let directives = EnvFilter::builder()
        .parse(filter)
        .map_err(|source| Error::InvalidFilter {
            filter: filter.to_owned(),
            source,
        })?;
    let builder = tracing_subscriber::fmt()
        .with_env_filter(directives)
        .with_ansi(colours)
        .with_writer(writer);
    Ok(match format {
        Format::Text => Box::new(builder.finish()),
        Format::Json => Box::new(builder.json().flatten_event(true).finish()),
    })
}

// === impl Format ===

impl FromStr for Format {
    type Err = UnknownFormat;

    fn from_str(text: &str) -> Result<Self, UnknownFormat> {
        match text {
            "text" => Ok(Self::Text),
            "json" => Ok(Self::Json),
            _ => Err(UnknownFormat(text.to_owned())),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn logged(format: Format, filter: &str) -> String {
        let lines = Lines::default();
        let writer = lines.clone();
        let subscriber = subscriber(format, filter, false, move || writer.clone()).unwrap();
        tracing::subscriber::with_default(subscriber, || {
            tracing::warn!(policy = "soc2", "acme/payments#7 is non-compliant!");
            tracing::debug!("a detail");
        });
        let bytes = lines.0.lock().unwrap().clone();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn a_json_line_has_its_fields_at_the_top() {
        let logged = logged(Format::Json, "info");
        let line: serde_json::Value = serde_json::from_str(&logged).unwrap();
        assert_eq!(line["message"], "acme/payments#7 is non-compliant!");
        assert_eq!(line["policy"], "soc2");
        assert_eq!(line["level"], "WARN");
    }

    #[test]
    fn a_text_line_keeps_the_message_in_one_piece() {
        let logged = logged(Format::Text, "debug");
        assert!(logged.contains("WARN"), "{logged}");
        assert!(
            logged.contains("acme/payments#7 is non-compliant! policy=\"soc2\""),
            "{logged}"
        );
        assert!(logged.contains("a detail"), "{logged}");
    }

    #[test]
    fn the_filter_decides_what_is_logged() {
        assert_eq!(logged(Format::Text, "error"), "");
        assert_eq!(logged(Format::Text, "warn,mergeaudit=off"), "");
    }

    #[test]
    fn a_wrong_filter_or_format_is_named() {
        let refusal = init(Format::Text, "info,=loud=").unwrap_err().to_string();
        assert!(refusal.contains("\"info,=loud=\""), "{refusal}");
        assert_eq!(
            "yaml".parse::<Format>(),
            Err(UnknownFormat("yaml".to_owned()))
        );
        assert_eq!("json".parse(), Ok(Format::Json));
    }

    #[test]
    fn a_second_setup_is_an_error_and_no_panic() {
        init(Format::Text, "off").unwrap();
        let refusal = init(Format::Json, "off").unwrap_err();
        assert_eq!(refusal.to_string(), "logging is set up already");
    }
}
