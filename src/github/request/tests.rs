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
