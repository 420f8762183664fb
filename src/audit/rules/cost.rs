//! What an expression could take at most, over the largest change: counted from its text, since an interpreter can neither be
//! interrupted nor kept from taking memory.
//!
//! Kubernetes bounds the CEL of its API in the same way:
//! <https://kubernetes.io/docs/reference/using-api/cel/#estimated-cost-limits>. A unit of work is about one step of the interpreter.

use cel::IdedExpr;
use cel::common::ast::{ComprehensionExpr, Expr, LiteralValue, operators};

use super::check::{CHANGE, parts};
use super::subject::{MAX_ITEMS, MAX_NAME, MAX_TEXT};
use crate::audit::facts::BODY_LIMIT;

/// The most bytes of a compiled pattern; it is compiled anew each time.
pub(super) const PATTERN_SIZE: usize = 1 << 20;

/// The most work of an expression: a second, in a slow build some.
const MAX_WORK: u64 = 1_000_000;

/// The most characters and items of all values together.
const MAX_SIZE: u64 = 1 << 20;

/// The work of compiling a pattern.
const PATTERN_WORK: u64 = 1_000;

/// How many characters are looked at, or copied, for a unit of work.
const CHARACTERS: u64 = 64;

/// What one approval takes at most: login, kind, time, commit.
const APPROVAL: u64 = 256;

/// How long a number, a time or a duration can become as a text.
const NUMBER: u64 = 320;

/// Bounds of a value.
#[derive(Clone, Copy, Default)]
struct Size {
    /// Characters and items in all.
    total: u64,
    /// How many items it, or anything within it, has.
    length: u64,
    /// The largest `total` of an item.
    item: u64,
}

/// The bounds of names, the work done so far, and the largest value.
struct Count<'e> {
    names: Vec<(&'e str, Size)>,
    work: u64,
    largest: u64,
}

/// Fails where an expression could take too much.
pub(super) fn check(expression: &IdedExpr) -> Result<(), String> {
    let mut count = Count {
        names: Vec::new(),
        work: 0,
        largest: 0,
    };
    count.value(expression, 1);
    if count.work > MAX_WORK || count.largest > MAX_SIZE {
        let why =
            "it could take too long, or too much memory: use smaller lists and texts within loops";
        return Err(why.to_owned());
    }
    Ok(())
}

// === impl Count ===

impl<'e> Count<'e> {
    /// The bounds of the value of an expression that is run so many times.
    fn value(&mut self, expression: &'e IdedExpr, times: u64) -> Size {
        self.add(1, times);
        let size = match &expression.expr {
            Expr::Comprehension(it) => self.of_loop(it, times),
            Expr::Ident(name) => self.named(name),
            Expr::Literal(literal) => of_literal(literal),
            Expr::Select(select) => {
                let operand = self.value(&select.operand, times);
                match &select.operand.expr {
                    Expr::Ident(name) if name == CHANGE => of_field(&select.field),
                    _ => operand,
                }
            }
            Expr::Call(call) => {
                let arguments = self.parts(&expression.expr, times);
                self.call(&call.func_name, arguments, times)
            }
            Expr::List(_) | Expr::Map(_) | Expr::Struct(_) | Expr::Unspecified => {
                self.collection(&expression.expr, times)
            }
        };
        self.largest = self.largest.max(size.total);
        size
    }

    fn of_loop(&mut self, it: &'e ComprehensionExpr, times: u64) -> Size {
        let range = self.value(&it.iter_range, times);
        let init = self.value(&it.accu_init, times);
        let rounds = times.saturating_mul(range.length);
        let known = self.names.len();
        let item = Size {
            total: range.item,
            length: range.item,
            item: range.item,
        };
        self.names.push((&it.iter_var, item));
        self.names
            .extend(it.iter_var2.as_deref().map(|name| (name, item)));
        // What a round adds to the result; what it had before comes in below.
        self.names.push((&it.accu_var, Size::default()));
        self.value(&it.loop_cond, rounds);
        let step = self.value(&it.loop_step, rounds);
        let result = Size {
            total: init
                .total
                .saturating_add(step.total.saturating_mul(range.length)),
            length: init
                .length
                .saturating_add(step.length.saturating_mul(range.length)),
            item: init.item.max(step.item),
        };
        // Each round may copy the list that it makes longer.
        self.add(result.length / CHARACTERS, rounds);
        self.names.truncate(known);
        self.names.push((&it.accu_var, result));
        let result = self.value(&it.result, times);
        self.names.truncate(known);
        result
    }

    /// All arguments together.
    fn parts(&mut self, expression: &'e Expr, times: u64) -> Size {
        let parts = parts(expression).into_iter();
        parts.fold(Size::default(), |sum, part| {
            let size = self.value(part, times);
            Size {
                total: sum.total.saturating_add(size.total),
                length: sum.length.saturating_add(size.length),
                item: sum.item.max(size.item),
            }
        })
    }

    fn call(&mut self, name: &str, arguments: Size, times: u64) -> Size {
        self.add(arguments.total / CHARACTERS, times);
        match name {
            "matches" => {
                self.add(PATTERN_WORK, times);
                SCALAR
            }
            "string" => Size {
                total: arguments.total.saturating_add(NUMBER),
                ..arguments
            },
            operators::CONDITIONAL | operators::ADD | operators::INDEX | "bytes" | "dyn" => {
                arguments
            }
            _ => SCALAR,
        }
    }

    fn collection(&mut self, expression: &'e Expr, times: u64) -> Size {
        let (mut total, mut length, mut item) = (0_u64, 0_u64, 0_u64);
        let parts = parts(expression);
        let count = parts.len() as u64;
        for part in parts {
            let size = self.value(part, times);
            total = total.saturating_add(size.total).saturating_add(1);
            length = length.max(size.length);
            item = item.max(size.total);
        }
        Size {
            total,
            length: length.max(count),
            item,
        }
    }

    /// The innermost of the name; of another, such as a type's, nothing.
    fn named(&self, name: &str) -> Size {
        let mut names = self.names.iter().rev();
        let known = names.find(|(known, _)| *known == name);
        known.map_or_else(|| of_variable(name), |(_, size)| *size)
    }

    fn add(&mut self, work: u64, times: u64) {
        self.work = self.work.saturating_add(work.saturating_mul(times));
    }
}

const SCALAR: Size = Size {
    total: 1,
    length: 0,
    item: 0,
};

fn of_variable(name: &str) -> Size {
    if name != CHANGE {
        return SCALAR;
    }
    Size {
        total: BODY_LIMIT as u64 + 4 * MAX_ITEMS as u64 * APPROVAL,
        length: MAX_ITEMS as u64,
        item: MAX_ITEMS as u64 * APPROVAL,
    }
}

fn of_field(field: &str) -> Size {
    let of_items = |item: u64| Size {
        total: MAX_ITEMS as u64 * item,
        length: MAX_ITEMS as u64,
        item,
    };
    let total = match field {
        "labels" | "reviewers" => return of_items(MAX_NAME as u64),
        "approvals" => return of_items(APPROVAL),
        "body" => BODY_LIMIT as u64,
        "emergency" => 2 * MAX_TEXT as u64,
        _ => MAX_TEXT as u64,
    };
    Size {
        total,
        // The keys of `author` or `emergency`, at most.
        length: 8,
        item: MAX_TEXT as u64,
    }
}

fn of_literal(literal: &LiteralValue) -> Size {
    let total = match literal {
        LiteralValue::String(text) => text.inner().len() as u64,
        LiteralValue::Bytes(bytes) => bytes.inner().len() as u64,
        _ => 1,
    };
    Size {
        total,
        length: 0,
        item: 0,
    }
}
