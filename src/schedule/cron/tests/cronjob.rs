//! Every line of a table that the library of `CronJob` itself produced.

use super::*;

const TABLE: &str = include_str!("cronjob.tsv");

/// One line of the table.
struct Row {
    schedule: String,
    zone: String,
    from: Timestamp,
    outcome: &'static str,
}

fn rows() -> Vec<Row> {
    let lines = TABLE.lines().filter(|line| !line.starts_with('#'));
    lines.map(row).collect()
}

fn row(line: &'static str) -> Row {
    let columns: Vec<&'static str> = line.split('\t').collect();
    let [schedule, zone, from, outcome] = columns[..] else {
        panic!("not four columns: {line}");
    };
    Row {
        schedule: serde_json::from_str(schedule).unwrap(),
        zone: serde_json::from_str(zone).unwrap(),
        from: at(from),
        outcome,
    }
}

/// What this crate makes of a row, in the words of the table; as many slots as the table has.
fn outcome(row: &Row) -> String {
    let schedule = match Schedule::parse(&row.schedule, &row.zone) {
        Ok(schedule) => schedule,
        Err(InvalidSchedule::NeverComes { .. }) => return "none".to_owned(),
        Err(_) => return "refused".to_owned(),
    };
    let mut time = Some(row.from);
    let mut words = Vec::new();
    for _ in row.outcome.split(' ') {
        time = time.and_then(|time| schedule.next_after(time));
        words.push(time.map_or_else(|| "none".to_owned(), |slot| slot.to_string()));
    }
    words.join(" ")
}

#[test]
fn every_schedule_of_the_table_has_the_slots_that_a_cronjob_has() {
    let rows = rows();
    assert!(rows.len() > 500, "{}", rows.len());
    let differences: Vec<String> = rows
        .iter()
        .filter(|row| outcome(row) != row.outcome)
        .map(|row| {
            let Row {
                schedule,
                zone,
                from,
                outcome: theirs,
            } = row;
            let ours = outcome(row);
            format!("{schedule:?} in {zone:?} from {from}: {ours}, CronJob: {theirs}")
        })
        .collect();
    assert!(differences.is_empty(), "\n{}", differences.join("\n"));
}

#[test]
fn a_zone_that_left_out_a_day_does_not_hold_the_search_up() {
    // Apia had no 30 December 2011. The library of CronJob does not return from this search.
    let schedule = Schedule::parse("0 9 30 12 *", "Pacific/Apia").unwrap();
    assert_eq!(
        schedule.next_after(at("2011-12-29T12:00:00Z")),
        Some(at("2012-12-29T19:00:00Z"))
    );
}
