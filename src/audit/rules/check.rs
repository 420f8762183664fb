//! What an expression may hold: the variable `change` and its fields, functions that make nothing larger, loops over lists, nested
//! twice, and patterns that compile. What can be known to be wrong is refused before any change is judged.
//!
//! A loop over a map would see its keys in an order that differs from run to run, and a verdict must not.

use cel::IdedExpr;
use cel::common::ast::{ComprehensionExpr, EntryExpr, Expr, LiteralValue, operators};

use super::cost;
use super::subject::FIELDS;

/// The variable.
pub(super) const CHANGE: &str = "change";

/// How deep loops (`all`, `exists`, `exists_one`, `filter`, `map`) may be nested.
const MAX_LOOPS: usize = 2;

/// The functions of the standard.
/// <https://github.com/google/cel-spec/blob/master/doc/langdef.md#list-of-standard-definitions>
const FUNCTIONS: [&str; 26] = [
    "bool",
    "bytes",
    "contains",
    "double",
    "duration",
    "dyn",
    "endsWith",
    "getDate",
    "getDayOfMonth",
    "getDayOfWeek",
    "getDayOfYear",
    "getFullYear",
    "getHours",
    "getMilliseconds",
    "getMinutes",
    "getMonth",
    "getSeconds",
    "int",
    "matches",
    "size",
    "startsWith",
    "string",
    "timestamp",
    "type",
    "uint",
    operators::NOT_STRICTLY_FALSE,
];

const OPERATORS: [&str; 17] = [
    operators::CONDITIONAL,
    operators::LOGICAL_AND,
    operators::LOGICAL_OR,
    operators::LOGICAL_NOT,
    operators::SUBSTRACT,
    operators::ADD,
    operators::MULTIPLY,
    operators::DIVIDE,
    operators::MODULO,
    operators::EQUALS,
    operators::NOT_EQUALS,
    operators::GREATER_EQUALS,
    operators::LESS_EQUALS,
    operators::GREATER,
    operators::LESS,
    operators::NEGATE,
    operators::INDEX,
];

/// The fields that are lists.
const LISTS: [&str; 3] = ["approvals", "labels", "reviewers"];

/// Names that stand for types.
const TYPES: [&str; 10] = [
    "bool",
    "bytes",
    "double",
    "int",
    "list",
    "map",
    "null_type",
    "string",
    "type",
    "uint",
];

/// The names that are known where an expression stands, and in how many loops it is.
#[derive(Default)]
struct Scope<'e> {
    names: Vec<&'e str>,
    loops: usize,
}

/// Fails with what is wrong.
pub(super) fn check(expression: &IdedExpr) -> Result<(), String> {
    Scope::default().check(expression)?;
    cost::check(expression)
}

/// What is directly within an expression that is no loop.
pub(super) fn parts(expression: &Expr) -> Vec<&IdedExpr> {
    match expression {
        Expr::Unspecified | Expr::Ident(_) | Expr::Literal(_) | Expr::Comprehension(_) => {
            Vec::new()
        }
        Expr::Call(call) => call
            .target
            .as_deref()
            .into_iter()
            .chain(&call.args)
            .collect(),
        Expr::List(list) => list.elements.iter().collect(),
        Expr::Select(select) => vec![&select.operand],
        Expr::Map(map) => map.entries.iter().flat_map(|it| entry(&it.expr)).collect(),
        Expr::Struct(it) => it.entries.iter().flat_map(|it| entry(&it.expr)).collect(),
    }
}

fn entry(entry: &EntryExpr) -> Vec<&IdedExpr> {
    match entry {
        EntryExpr::MapEntry(entry) => vec![&entry.key, &entry.value],
        EntryExpr::StructField(field) => vec![&field.value],
    }
}

// === impl Scope ===

impl<'e> Scope<'e> {
    fn check(&mut self, expression: &'e IdedExpr) -> Result<(), String> {
        match &expression.expr {
            Expr::Ident(name) => self.check_name(name)?,
            Expr::Call(call) => check_call(&call.func_name, &call.args)?,
            Expr::Select(select) => self.check_field(&select.operand.expr, &select.field)?,
            Expr::Struct(it) => return Err(format!("there is no type {}", it.type_name)),
            Expr::Comprehension(it) => return self.check_loop(it),
            Expr::Unspecified | Expr::List(_) | Expr::Literal(_) | Expr::Map(_) => {}
        }
        parts(&expression.expr)
            .into_iter()
            .try_for_each(|part| self.check(part))
    }

    fn check_loop(&mut self, it: &'e ComprehensionExpr) -> Result<(), String> {
        if !is_list(&it.iter_range) {
            return Err(format!(
                "loops go over lists: {CHANGE}.{}, [a, b], what filter and map make, and sums of these",
                LISTS.join(&format!(", {CHANGE}."))
            ));
        }
        self.check(&it.iter_range)?;
        self.check(&it.accu_init)?;
        if self.loops == MAX_LOOPS {
            return Err(format!("loops may be nested {MAX_LOOPS} times at most"));
        }
        let known = self.names.len();
        self.loops += 1;
        self.names.push(&it.accu_var);
        self.names.push(&it.iter_var);
        self.names.extend(it.iter_var2.as_deref());
        self.check(&it.loop_cond)?;
        self.check(&it.loop_step)?;
        self.names.truncate(known + 1);
        self.loops -= 1;
        self.check(&it.result)?;
        self.names.truncate(known);
        Ok(())
    }

    fn check_name(&self, name: &str) -> Result<(), String> {
        if name == CHANGE || TYPES.contains(&name) || self.names.contains(&name) {
            return Ok(());
        }
        Err(format!("there is no variable {name}; there is {CHANGE}"))
    }

    fn check_field(&self, operand: &Expr, field: &str) -> Result<(), String> {
        let of_change =
            matches!(operand, Expr::Ident(name) if name == CHANGE) && !self.names.contains(&CHANGE);
        if of_change && !FIELDS.contains(&field) {
            let known = FIELDS.join(", ");
            return Err(format!("{CHANGE} has no field {field}; it has {known}"));
        }
        Ok(())
    }
}

/// Whether it is surely a list, or no answer.
fn is_list(expression: &IdedExpr) -> bool {
    match &expression.expr {
        Expr::List(_) => true,
        // That of `all` and its like is no list, and an error.
        Expr::Comprehension(it) => is_list(&it.iter_range),
        Expr::Select(it) => {
            matches!(&it.operand.expr, Expr::Ident(name) if name == CHANGE)
                && LISTS.contains(&it.field.as_str())
        }
        Expr::Call(call) => {
            let lists = match call.func_name.as_str() {
                operators::ADD => call.args.as_slice(),
                operators::CONDITIONAL => call.args.get(1..).unwrap_or_default(),
                _ => return false,
            };
            lists.iter().all(is_list)
        }
        Expr::Unspecified | Expr::Ident(_) | Expr::Literal(_) | Expr::Map(_) | Expr::Struct(_) => {
            false
        }
    }
}

fn check_call(name: &str, arguments: &[IdedExpr]) -> Result<(), String> {
    let is_in = name == operators::IN;
    if !is_in && !FUNCTIONS.contains(&name) && !OPERATORS.contains(&name) {
        return Err(format!("there is no function {name}"));
    }
    if name != "matches" {
        return Ok(());
    }
    match arguments.last().map(|argument| &argument.expr) {
        Some(Expr::Literal(LiteralValue::String(pattern))) => check_pattern(pattern.inner()),
        _ => Err("matches takes a pattern in quotes".to_owned()),
    }
}

/// A pattern that does not compile would be an error of every change.
fn check_pattern(pattern: &str) -> Result<(), String> {
    let compiled = regex::RegexBuilder::new(pattern)
        .size_limit(cost::PATTERN_SIZE)
        .build();
    compiled.map(drop).map_err(|error| {
        let text = error.to_string();
        let problem = text.lines().last().unwrap_or_default();
        let problem = problem.trim_start_matches("error: ");
        format!("{pattern:?} is no regular expression: {problem}")
    })
}
