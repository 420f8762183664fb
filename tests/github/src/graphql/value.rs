//! Short words for what resolvers return.
use apollo_compiler::{
    resolvers::{FieldError, ObjectValue, ResolveInfo, ResolvedValue},
    response::JsonValue,
};
use jiff::Timestamp;

/// What a resolver returns.
pub(super) type Resolved<'a> = Result<ResolvedValue<'a>, FieldError>;

/// Where web pages are; a client shows these links and never calls them.
pub(super) const WEB: &str = "https://github.com";

/// A scalar or an enumeration's value.
#[expect(clippy::unnecessary_wraps, reason = "resolvers return it as it is")]
pub(super) fn leaf<'a>(value: impl Into<JsonValue>) -> Resolved<'a> {
    Ok(ResolvedValue::leaf(value))
}

/// A text or null.
pub(super) fn optional<'a>(value: Option<&str>) -> Resolved<'a> {
    value.map_or_else(null, leaf)
}

/// Null.
#[expect(clippy::unnecessary_wraps, reason = "resolvers return it as it is")]
pub(super) fn null<'a>() -> Resolved<'a> {
    Ok(ResolvedValue::null())
}

/// A time, or null.
pub(super) fn time<'a>(value: impl Into<Option<Timestamp>>) -> Resolved<'a> {
    value
        .into()
        .map_or_else(null, |time| leaf(time.to_string()))
}

/// A database id. GraphQL's `Int` has 32 bits, which this world never exceeds.
pub(super) fn number<'a>(value: u64) -> Resolved<'a> {
    leaf(i64::try_from(value).unwrap_or(i64::MAX))
}

/// An object.
#[expect(clippy::unnecessary_wraps, reason = "resolvers return it as it is")]
pub(super) fn object<'a>(value: impl ObjectValue + 'a) -> Resolved<'a> {
    Ok(ResolvedValue::object(value))
}

/// An object or null.
pub(super) fn object_or_null<'a>(value: Option<impl ObjectValue + 'a>) -> Resolved<'a> {
    value.map_or_else(null, object)
}

/// A text argument.
pub(super) fn text_argument<'a>(info: &'a ResolveInfo<'_>, name: &str) -> Option<&'a str> {
    info.arguments().get(name)?.as_str()
}

/// A list of texts as an argument.
pub(super) fn list_argument<'a>(info: &'a ResolveInfo<'_>, name: &str) -> Option<Vec<&'a str>> {
    Some(
        info.arguments()
            .get(name)?
            .as_array()?
            .iter()
            .filter_map(|item| item.as_str())
            .collect(),
    )
}

/// A yes or no as an argument.
pub(super) fn bool_argument(info: &ResolveInfo<'_>, name: &str) -> Option<bool> {
    info.arguments().get(name)?.as_bool()
}

/// Whether an `orderBy` argument asks for a direction and field.
pub(super) fn order_argument<'a>(info: &'a ResolveInfo<'_>) -> Option<(&'a str, bool)> {
    let order = info.arguments().get("orderBy")?.as_object()?;
    let descending = order.get("direction")?.as_str()? == "DESC";
    Some((order.get("field")?.as_str()?, descending))
}
