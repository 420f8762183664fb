//! The thread on which expressions are compiled, run and dropped: it has a stack that no expression of the allowed length
//! overflows, and can be given up when an answer takes too long.

use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread;
use std::time::Duration;

use cel::{Context, Env, Program, Value};

use super::subject::Subject;
use super::{check, trial};

/// Address space, not memory: only what is touched is taken. 8 MiB do not suffice for 90 nested parentheses in a debug build.
const STACK: usize = 64 << 20;

/// The longest that compiling all rules of a policy may take; it takes milliseconds.
const COMPILING_PATIENCE: Duration = Duration::from_secs(20);

/// Whether a rule is kept, or why there is no answer.
pub(super) type Answer = Result<bool, String>;

/// A rule that cannot be compiled: its position, and what is wrong with it.
pub(super) type Invalid = (usize, String);

/// The thread. It ends once this is dropped and the current answer is given.
#[derive(Debug)]
pub(super) struct Worker {
    requests: Sender<Request>,
}

#[derive(Debug)]
struct Request {
    subject: Arc<Subject>,
    /// The first rule to answer for.
    from: usize,
    answers: Sender<Answer>,
}

// === impl Worker ===

impl Worker {
    /// Starts the thread, and waits until it has compiled the expressions.
    pub(super) fn start(expressions: &Arc<[String]>) -> Result<Self, Invalid> {
        let (requests, received) = mpsc::channel();
        let (ready, compiled) = mpsc::channel();
        let expressions = Arc::clone(expressions);
        let thread = thread::Builder::new()
            .name("rules".to_owned())
            .stack_size(STACK);
        // Not joined: it cannot be interrupted, and has nothing that must be finished.
        thread
            .spawn(move || serve(&expressions, &ready, &received))
            .map_err(|error| (0, format!("no thread could be started for it: {error}")))?;
        match compiled.recv_timeout(COMPILING_PATIENCE) {
            Ok(Ok(())) => Ok(Self { requests }),
            Ok(Err(invalid)) => Err(invalid),
            Err(RecvTimeoutError::Timeout) => {
                Err((0, "the rules could not be compiled in time".to_owned()))
            }
            Err(RecvTimeoutError::Disconnected) => {
                Err((0, "it, or another rule, made the compiler fail".to_owned()))
            }
        }
    }

    /// Adds answers until there is one for each of `count` rules, or one of them was not given in time. Returns whether the thread
    /// can be asked again.
    pub(super) fn ask(
        &self,
        subject: &Arc<Subject>,
        answers: &mut Vec<Answer>,
        count: usize,
        patience: Duration,
    ) -> bool {
        let (answer, given) = mpsc::channel();
        let request = Request {
            subject: Arc::clone(subject),
            from: answers.len(),
            answers: answer,
        };
        // Where the thread has ended, so has the other side of `given`.
        drop(self.requests.send(request));
        while answers.len() < count {
            match given.recv_timeout(patience) {
                Ok(answer) => answers.push(answer),
                Err(error) => {
                    answers.push(Err(unanswered(error, patience)));
                    return false;
                }
            }
        }
        true
    }
}

fn unanswered(error: RecvTimeoutError, patience: Duration) -> String {
    match error {
        RecvTimeoutError::Timeout => {
            format!("it took over {} s", patience.as_secs_f32())
        }
        RecvTimeoutError::Disconnected => "the interpreter failed".to_owned(),
    }
}

/// The life of the thread. Programs are dropped here too: that recurses as well.
fn serve(
    expressions: &[String],
    ready: &Sender<Result<(), Invalid>>,
    requests: &Receiver<Request>,
) {
    let env = Arc::new(Env::stdlib());
    let compile = |(at, text): (usize, &String)| compiled(&env, text).map_err(|it| (at, it));
    let programs: Result<Vec<Program>, Invalid> =
        expressions.iter().enumerate().map(compile).collect();
    let programs = match programs {
        Ok(programs) => programs,
        Err(invalid) => return drop(ready.send(Err(invalid))),
    };
    drop(ready.send(Ok(())));
    for request in requests {
        answer(&env, &programs, &request);
    }
}

fn compiled(env: &Arc<Env>, text: &str) -> Result<Program, String> {
    let program = env.compile(text).map_err(|errors| {
        let first = errors.errors.first();
        first.map_or_else(|| "it is no CEL".to_owned(), problem)
    })?;
    check::check(program.expression())?;
    trial::check(env, &program, text)?;
    Ok(program)
}

/// The parser's words, but for the one problem that it tells in those of its own parts.
fn problem(error: &cel::ParseError) -> String {
    if error.msg.contains("Recursion limit") {
        return "it is nested too deeply: use fewer parentheses, lists and calls within each other"
            .to_owned();
    }
    format!("{} at column {}", error.msg, error.pos.1)
}

fn answer(env: &Arc<Env>, programs: &[Program], request: &Request) {
    let mut context = Context::with_env(Arc::clone(env));
    let bound = context.add_variable(check::CHANGE, &*request.subject);
    for program in programs.iter().skip(request.from) {
        let answer = match &bound {
            Ok(()) => run(program, &context),
            Err(error) => Err(error.to_string()),
        };
        // Nobody waits any more: the rest is not needed.
        if request.answers.send(answer).is_err() {
            return;
        }
    }
}

fn run(program: &Program, context: &Context<'_, '_>) -> Answer {
    match program.execute(context) {
        Ok(Value::Bool(kept)) => Ok(kept),
        Ok(other) => Err(format!("it gives {}, not true or false", other.type_of())),
        Err(error) => Err(error.to_string()),
    }
}
