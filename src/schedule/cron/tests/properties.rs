//! What holds of every schedule at every moment.

use proptest::prelude::*;

use super::*;

fn schedules() -> impl Strategy<Value = Schedule> {
    let distance = (1_i64..3_000_000).prop_map(|seconds| utc(&format!("@every {seconds}s")));
    prop_oneof![9 => on_calendar(), 1 => distance]
}

fn on_calendar() -> impl Strategy<Value = Schedule> {
    let expressions = [
        "* * * * *",
        "*/15 * * * *",
        "0 * * * *",
        "30 2 * * *",
        "0 1 * * *",
        "0,30 2 * * *",
        "0 0 1 * *",
        "30 6-16/4 * * 1-5",
        "* 3 * * 0",
        "0 0 29 2 *",
        "0 0 */5 Apr Mon",
        "59 23 31 12 ?",
    ];
    let zones = [
        "Etc/UTC",
        "America/New_York",
        "Africa/Casablanca",
        "Asia/Kolkata",
    ];
    (
        proptest::sample::select(expressions.to_vec()),
        proptest::sample::select(zones.to_vec()),
    )
        .prop_map(|(expression, zone)| Schedule::parse(expression, zone).unwrap())
}

proptest! {
    #[test]
    fn no_slot_lies_between_a_moment_and_the_next_slot(
        schedule in on_calendar(),
        time in 1_577_836_800_i64..1_893_456_000,
        part in 0.0..1.0_f64,
    ) {
        let time = Timestamp::from_second(time).unwrap();
        let next = schedule.next_after(time).unwrap();
        prop_assert!(next > time);
        let between = time + next.duration_since(time).mul_f64(part);
        if between < next {
            prop_assert_eq!(schedule.next_after(between), Some(next));
        }
        prop_assert_eq!(schedule.last_at(next), Some(next));
        let before = next - SignedDuration::from_nanos(1);
        prop_assert!(schedule.last_at(before) < Some(next));
        prop_assert!(schedule.last_at(before) <= Some(time));
    }

    #[test]
    fn slots_are_handled_alike_however_often_one_looks(
        schedule in schedules(),
        start in 1_577_836_800_i64..1_893_456_000,
        looks in proptest::collection::vec(1_i64..200_000, 1..10),
    ) {
        // Every slot is either run or missed, whatever the moments at which a controller looks.
        let start = Timestamp::from_second(start).unwrap();
        let (mut now, mut handled, mut count) = (start, start, 0);
        for look in looks {
            now += SignedDuration::from_secs(look);
            let due = schedule.due(handled, now, None);
            if due.missed > COUNTED {
                return Ok(());
            }
            if let Some(slot) = due.slot {
                count += due.missed + 1;
                handled = slot;
            }
        }
        let at_once = schedule.due(start, now, None);
        prop_assert_eq!(at_once.slot.map_or(start, |slot| slot), handled);
        if at_once.missed <= COUNTED && at_once.slot.is_some() {
            prop_assert_eq!(at_once.missed + 1, count);
        }
    }

    #[test]
    fn whatever_was_handled_and_whatever_the_clock_does_a_due_slot_is_new_and_has_come(
        // As after an edit, the slot that was handled need not be one of the schedule.
        schedule in schedules(),
        handled in 1_577_836_800_i64..1_893_456_000,
        later in -40_000_000_i64..40_000_000,
        nanos in 0_i32..1_000_000_000,
        deadline in proptest::option::of(0_i64..4_000_000),
    ) {
        let handled = Timestamp::from_second(handled).unwrap();
        let now = handled + SignedDuration::new(later, nanos);
        let limit = deadline.map(SignedDuration::from_secs);
        let due = schedule.due(handled, now, limit);
        prop_assert!(due.next.unwrap() > now);
        prop_assert_eq!(due.next, schedule.next_from(handled, now));
        let Some(slot) = due.slot else {
            prop_assert_eq!((due.missed, due.last_missed, due.too_late), (0, None, false));
            return Ok(());
        };
        prop_assert!(handled < slot && slot <= now && slot < due.next.unwrap());
        prop_assert_eq!(due.last_missed.is_some(), due.missed > 0);
        prop_assert!(due.last_missed.is_none_or(|missed| handled < missed && missed < slot));
        prop_assert_eq!(due.too_late, limit.is_some_and(|limit| now.duration_since(slot) >= limit));
        // Once it is handled, nothing is due until the next one.
        let before = due.next.unwrap() - SignedDuration::from_nanos(1);
        prop_assert_eq!(schedule.due(slot, before, None).slot, None);
        prop_assert_eq!(schedule.due(slot, due.next.unwrap(), None).slot, due.next);
    }

    #[test]
    fn an_interval_holds_the_moment_it_is_of(
        schedule in on_calendar(), now in 1_577_836_800_i64..1_893_456_000,
    ) {
        let now = Timestamp::from_second(now).unwrap();
        let (last, next) = (schedule.last_at(now).unwrap(), schedule.next_after(now).unwrap());
        prop_assert!(last <= now && now < next);
        prop_assert_eq!(schedule.interval_at(now), next.duration_since(last));
        // What succeeded at its slot is stale after two more, not after one.
        let second = schedule.next_after(next).unwrap();
        prop_assert!(!schedule.is_stale(last, second - SignedDuration::from_nanos(1)));
        prop_assert!(schedule.is_stale(last, second));
    }
}
