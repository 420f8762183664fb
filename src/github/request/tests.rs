//! The size of a page follows what GitHub can serve.

use super::*;

#[test]
fn a_page_halves_down_to_one_and_doubles_back_after_successes() {
    let mut page = PageSize::new(25);
    let mut sizes = Vec::new();
    for _ in 0..6 {
        sizes.push(page.size);
        page.shrink();
    }
    assert_eq!(sizes, [25, 12, 6, 3, 1, 1]);
    for _ in 0..15 {
        page.grow();
    }
    assert_eq!(page.size, 25);
}

#[test]
fn a_page_keeps_to_github_s_bounds() {
    assert_eq!(PageSize::new(0).size, 1);
    assert_eq!(PageSize::new(1000).size, 100);
}

#[test]
fn a_question_asks_for_as_much_as_its_page_takes() {
    let ids: Vec<String> = (0..30).map(|id| id.to_string()).collect();
    let query = super::super::query::PULL_REQUESTS;
    let call = Call::query(query, &json!({ "n": 0, "ids": ids }), String::new());
    let body = call.body(PageSize::new(12)).unwrap();
    assert_eq!(body["variables"]["n"], 12);
    assert_eq!(body["variables"]["ids"].as_array().unwrap().len(), 12);
}
