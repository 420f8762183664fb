//! What is refused, and what other forms of a schedule and of a time zone mean.

use super::*;

#[test]
fn what_cronjob_refuses_is_refused_with_the_way_out() {
    let cases = [
        ("", "the schedule is empty"),
        ("TZ=UTC 0 * * * *", "use the field timeZone instead"),
        ("CRON_TZ=UTC 0 * * * *", "use the field timeZone instead"),
        ("@every", "is unknown: use @hourly"),
        ("@every 5", "has no duration such as 15m"),
        ("@every 1d", "has no duration such as 15m"),
        ("@reboot", "is unknown: use @hourly"),
        ("@Hourly", "is unknown: use @hourly"),
        ("* * * *", "has 4 fields: give five"),
        ("0 * * * * *", "has 6 fields: give five"),
        (
            "60 * * * *",
            "the minute \"60\" of the schedule is invalid: values go from 0 to 59",
        ),
        (
            "* 24 * * *",
            "the hour \"24\" of the schedule is invalid: values go from 0 to 23",
        ),
        (
            "* * 0 * *",
            "the day of month \"0\" of the schedule is invalid: values go from 1 to 31",
        ),
        ("* * * 13 *", "values go from 1 to 12"),
        (
            "* * * * 7",
            "the day of week \"7\" of the schedule is invalid: values go from 0 to 6",
        ),
        ("* * L * *", "\"L\" is no number or name"),
        ("* * 15W * *", "\"15W\" is no number or name"),
        ("* * * * 5#3", "\"5#3\" is no number or name"),
        ("* * * * 5L", "\"5L\" is no number or name"),
        ("* * * * +", "\"+\" is no number or name"),
        ("5-1 * * * *", "5 comes after 1"),
        ("1-2-3 * * * *", "\"2-3\" is no number or name"),
        ("*/0 * * * *", "a step is at least 1"),
        ("*/5/5 * * * *", "\"5/5\" is no number or name"),
        ("-5 * * * *", "\"\" is no number or name"),
        ("jan * * * *", "\"jan\" is no number or name"),
        (
            "59 23 31 2 *",
            "never comes: no month it names has such a day",
        ),
        ("0 0 30 feb ?", "never comes"),
        ("0 0 31 4,6,9,11 *", "never comes"),
        (", * * * *", "never comes"),
    ];
    for (expression, message) in cases {
        let refusal = refusal(expression);
        assert!(refusal.contains(message), "{expression:?}: {refusal}");
    }
}

#[test]
fn a_day_that_no_month_has_is_fine_when_a_weekday_suffices() {
    assert_eq!(
        utc("0 0 31 2 1").next_after(at("2026-01-01T00:00:00Z")),
        Some(at("2026-02-02T00:00:00Z"))
    );
}

#[test]
fn rates_are_what_cron_can_say() {
    let cases = [
        ("rate(1 minute)", "* * * * *"),
        ("rate(15 minutes)", "*/15 * * * *"),
        ("rate(60 minutes)", "0 * * * *"),
        ("rate(1 hour)", "0 * * * *"),
        ("rate(2 hours)", "0 */2 * * *"),
        ("rate(24 hours)", "0 0 * * *"),
        ("rate(1 day)", "0 0 * * *"),
    ];
    for (rate, cron) in cases {
        let schedule = utc(rate);
        assert_eq!(schedule.cron_expression(), cron, "{rate}");
        let from = "2026-11-22T10:07:00Z";
        assert_eq!(
            slots(&schedule, from, 30),
            slots(&utc(cron), from, 30),
            "{rate}"
        );
    }
    let refused = [
        ("rate(7 minutes)", "minutes must divide 60"),
        ("rate(90 minutes)", "minutes must divide 60"),
        ("rate(5 hours)", "hours must divide 24"),
        ("rate(2 days)", "only 1 day"),
        ("rate(0 minutes)", "at least 1"),
        ("rate(1 minutes)", "the unit of 1 is minute"),
        ("rate(5 minute)", "the unit of more than 1 is minutes"),
        ("rate(5  minutes)", "write rate(15 minutes)"),
        ("rate(05 minutes)", "write rate(15 minutes)"),
        ("rate(+5 minutes)", "write rate(15 minutes)"),
        ("rate( minutes)", "write rate(15 minutes)"),
        ("rate(5 weeks)", "write rate(15 minutes)"),
        ("rate(5 minutes", "write rate(15 minutes)"),
    ];
    for (rate, message) in refused {
        let refusal = refusal(rate);
        assert!(refusal.contains(message), "{rate}: {refusal}");
    }
}

#[test]
fn cronjob_gets_the_expression_as_it_was_written() {
    assert_eq!(
        utc("0/15  * * JAN-mar ?").cron_expression(),
        "0/15  * * JAN-mar ?"
    );
    assert_eq!(utc("@weekly").cron_expression(), "@weekly");
}

#[test]
fn time_zones_are_names_of_the_database() {
    for name in [
        "Etc/UTC",
        "UTC",
        "Europe/Berlin",
        "America/Argentina/Buenos_Aires",
    ] {
        assert!(Schedule::parse("@daily", name).is_ok(), "{name}");
    }
    let refused = [
        "",
        // Files that some machines have beside those of the database.
        "posix/Europe/Berlin",
        "right/Europe/Berlin",
        "localtime",
        "posixrules",
        "Local",
        "local",
        "Mars/Olympus",
        "../UTC",
        "Etc/Unknown",
        "+01:00",
    ];
    for name in refused {
        let refusal = Schedule::parse("@daily", name).map(|_| ()).unwrap_err();
        let name = name.to_owned();
        assert_eq!(refusal, InvalidSchedule::UnknownTimeZone { name });
    }
    let refusal = Schedule::parse("@daily", "europe/berlin")
        .map(|_| ())
        .unwrap_err();
    assert!(
        refusal
            .to_string()
            .ends_with("it is written \"Europe/Berlin\""),
        "{refusal}"
    );
}
