//! Tables of text, purely: for a terminal of a hundred columns, and in Markdown.

/// How wide a terminal is taken to be.
pub(super) const WIDTH: usize = 100;
/// The least width of the last column, however wide the others are.
const LEAST: usize = 30;
/// Between two columns.
const GAP: &str = "  ";

/// A row; every row of a table has as many cells as its header. A line break in the last cell begins a new line there.
pub(super) type Row = Vec<String>;

/// The lines of a table, its header first; the last column is wrapped.
pub(super) fn table(header: &[&str], rows: &[Row]) -> Vec<String> {
    let header: Row = header.iter().map(|&name| name.to_owned()).collect();
    let all: Vec<&Row> = std::iter::once(&header).chain(rows).collect();
    let width = |column: usize| all.iter().map(|row| row[column].chars().count()).max();
    let last = header.len().saturating_sub(1);
    let widths: Vec<usize> = (0..last).filter_map(width).collect();
    let indent: usize = widths.iter().map(|width| width + GAP.len()).sum();
    let rest = WIDTH.saturating_sub(indent).max(LEAST);
    all.into_iter()
        .flat_map(|row| lines_of(row, &widths, rest))
        .collect()
}

fn lines_of(row: &Row, widths: &[usize], rest: usize) -> Vec<String> {
    let cells = row.iter().zip(widths);
    let cells: Vec<String> = cells
        .map(|(cell, &width)| format!("{cell:width$}{GAP}"))
        .collect();
    let first = cells.concat();
    let blank = " ".repeat(first.chars().count());
    let text = row.last().map_or("", String::as_str);
    let wrapped = text.split('\n').flat_map(|line| wrap(line, rest));
    let starts = std::iter::once(first).chain(std::iter::repeat(blank));
    let lines = starts.zip(wrapped).map(|(start, text)| start + &text);
    lines.map(|line| line.trim_end().to_owned()).collect()
}

/// The lines of a table in Markdown.
pub(super) fn markdown(header: &[&str], rows: &[Row]) -> Vec<String> {
    let rule = "|---".repeat(header.len()) + "|";
    let header = format!("| {} |", header.join(" | "));
    let line = |row: &Row| {
        let cells: Vec<String> = row.iter().map(|cell| escaped(cell)).collect();
        format!("| {} |", cells.join(" | "))
    };
    [header, rule]
        .into_iter()
        .chain(rows.iter().map(line))
        .collect()
}

/// Nothing ends the cell that it is in.
fn escaped(cell: &str) -> String {
    let cell = cell.replace('|', "\\|").replace("\n- ", "; ");
    cell.replace('\n', "; ")
}

/// The text in lines of at most this many characters, broken between words; what follows the first line is set in by two. A
/// word that is longer than a line stays whole, since it may be something to copy.
pub(super) fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let (at, length) = (lines.len() - 1, word.chars().count());
        let line = &mut lines[at];
        let used = line.chars().count();
        if used == 0 {
            line.push_str(word);
        } else if used + 1 + length <= width {
            line.push(' ');
            line.push_str(word);
        } else {
            lines.push(format!("  {word}"));
        }
    }
    lines
}

/// Lines as a text whose last line is ended.
pub(super) fn joined(lines: &[String]) -> String {
    lines.join("\n") + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(cells: &[&str]) -> Row {
        cells.iter().map(|&cell| cell.to_owned()).collect()
    }

    #[test]
    fn the_last_column_is_wrapped_within_a_hundred_columns() {
        let long = ["word"; 60].join(" ");
        let lines = table(&["A", "WHY"], &[row(&["first", &long]), row(&["b", ""])]);
        assert_eq!(lines[0], "A      WHY");
        assert!(lines[1].starts_with("first  word word"), "{lines:?}");
        assert!(lines[2].starts_with("         word"), "{lines:?}");
        assert!(lines.iter().all(|line| line.chars().count() <= WIDTH));
        assert_eq!(lines.last().unwrap(), "b");
        let words = lines.iter().flat_map(|line| line.split_whitespace());
        assert_eq!(words.filter(|&word| word == "word").count(), 60);
    }

    #[test]
    fn a_line_break_in_the_last_cell_begins_a_line() {
        let lines = table(&["A", "WHY"], &[row(&["x", "one\ntwo"])]);
        assert_eq!(lines[1..], ["x  one", "   two"]);
    }

    #[test]
    fn a_word_longer_than_a_line_stays_whole() {
        let digest = "d".repeat(71);
        assert_eq!(wrap(&digest, 30), vec![digest.clone()]);
        assert_eq!(
            wrap(&format!("of {digest}"), 30),
            ["of".to_owned(), format!("  {digest}")]
        );
    }

    #[test]
    fn nothing_ends_a_cell_of_markdown() {
        let lines = markdown(&["A", "B"], &[row(&["x|y", "one\ntwo"])]);
        assert_eq!(lines, ["| A | B |", "|---|---|", "| x\\|y | one; two |"]);
    }
}
