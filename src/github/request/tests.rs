//! What a question asks for.

use super::*;

#[test]
fn a_question_asks_for_as_much_as_its_page_takes() {
    let ids: Vec<String> = (0..30).map(|id| id.to_string()).collect();
    let query = super::super::query::PULL_REQUESTS;
    let call = Call::query(query, &json!({ "n": 0, "ids": ids }), String::new());
    let body = call.body(PageSize::new(12)).unwrap();
    assert_eq!(body["variables"]["n"], 12);
    assert_eq!(body["variables"]["ids"].as_array().unwrap().len(), 12);
}

#[tokio::test]
async fn the_time_that_an_answer_takes_counts_for_the_pace_also_of_none_that_came() {
    use super::super::{Credentials, Endpoint, Options};
    // Nobody listens there.
    let endpoint = Endpoint::parse("http://127.0.0.1:1").unwrap();
    let credentials = Credentials::token("t".to_owned().into());
    let options = Options {
        backoff: Duration::from_millis(1),
        ..Options::default()
    };
    let client = Client::new(endpoint, credentials, options).unwrap();
    client.organization("acme").await.unwrap_err();
    assert_eq!(client.limiter.answered(), 4);
}
