//! A long run commits in segments, and one that was cut off goes on where its last segment ended.

use std::sync::Arc;

use mergeaudit::evidence::entry::{Query, Run};

use crate::place::{Place, grown, runs};

/// The earliest time that the run's searches ask for; their texts have it as `merged:FROM..TO`.
fn searched_since(run: &Run) -> &str {
    let since = |query: &'_ Query| -> Option<usize> { query.text.find("merged:") };
    let since = run.queries.iter().filter_map(|query| {
        let from = &query.text[since(query)? + "merged:".len()..];
        from.split("..").next()
    });
    since.min().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_was_cut_off_goes_on_where_its_last_segment_ended() {
    const MERGES: usize = 4500;
    let place = Place::new(grown(3, MERGES));
    let whole = Place::new(grown(3, MERGES));
    whole.scan().await.unwrap();
    let searches = whole.searches();
    let place = Arc::new(place);
    let run = tokio::spawn({
        let place = place.clone();
        async move {
            let mut opened = place.open(None).await.unwrap();
            place.run(&mut opened).await.unwrap_err();
            opened
        }
    });
    place.wait_for("MergedPullRequest", searches * 3 / 4).await;
    place.set_revoked(true);
    let opened = run.await.unwrap();
    place.set_revoked(false);
    let open = opened.state.open.clone().unwrap();
    assert_eq!(opened.state.window_until, None, "nothing is claimed yet");
    assert!(
        opened.state.totals.changes >= 1000,
        "{:?}",
        opened.state.totals
    );
    let before = place.searches();

    // By a process that has to read the chain.
    let opened = place.scan().await.unwrap();
    place.assert_true(&opened.state);
    let runs = runs(&opened.chain, &opened.state).await;
    let (last, segments) = runs.split_last().unwrap();
    assert!(last.closes_window && segments.iter().all(|run| !run.closes_window));
    assert!(segments.len() >= 2, "{}", segments.len());
    assert!(segments.iter().all(|run| run.segment_until.is_some()));
    assert_eq!(
        last.window.since, segments[0].window.since,
        "the entry names the whole window"
    );
    assert_eq!(opened.state.open, None);
    assert_eq!(opened.state.window_until, Some(last.window.until));

    let overlap = place.assignment.reach.overlap;
    let resumed = runs
        .iter()
        .find(|run| run.started_at > segments[0].started_at);
    let since: jiff::Timestamp = searched_since(resumed.unwrap_or(last)).parse().unwrap();
    assert_eq!(
        since,
        open.read_until - overlap,
        "nothing is read needlessly"
    );
    let asked = place.searches() - before;
    assert!(
        asked < searches * 3 / 4,
        "{asked} of {searches} were asked again"
    );
    let requests: i64 = runs.iter().map(|run| run.requests).sum();
    let points: i64 = runs.iter().map(|run| run.points).sum();
    assert!(
        requests > 0 && points > 0,
        "{requests} requests, {points} points"
    );
}
