//! The shell commands of `RUN` instructions.
//!
//! <https://pubs.opengroup.org/onlinepubs/9699919799/utilities/V3_chap02.html>
//!
//! Enough of the grammar to tell commands from their arguments: lists, pipelines, groups, quotes, comments, redirections, substitutions,
//! `sh -c`, here-documents that are scripts. Words lose their quotes; variables stay as they are written, since nothing here knows them.
//! Conditions are not evaluated: a command in any branch counts. Functions and aliases are not followed, and neither are scripts that were
//! copied into the image.

use probity_model::dockerfile::Instruction;

/// One simple command.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Command {
    /// The program and its arguments, without what stands in front of it: assignments, keywords, `sudo`, `env`, `xargs`.
    pub(super) words: Vec<String>,
    /// `NAME=value` in front of the program, or alone.
    pub(super) assignments: Vec<String>,
    /// The command whose output it reads.
    pub(super) reads: Option<usize>,
    /// The command that has this one in its words: `$(…)`, backquotes, `<(…)`.
    pub(super) inside: Option<usize>,
    pub(super) sudo: bool,
}

impl Command {
    /// The program without its folder; empty for assignments alone.
    pub(super) fn name(&self) -> &str {
        self.words.first().map_or("", |word| word.rsplit('/').next().unwrap_or(word))
    }

    pub(super) fn args(&self) -> &[String] {
        self.words.get(1..).unwrap_or_default()
    }

    /// The first argument that is one of `verbs`: options may stand in front of it.
    pub(super) fn verb<'v>(&self, verbs: &[&'v str]) -> Option<&'v str> {
        self.args().iter().find_map(|word| verbs.iter().copied().find(|verb| word == verb))
    }

    pub(super) fn has_flag(&self, flags: &[&str]) -> bool {
        self.args().iter().any(|word| flags.iter().any(|flag| word == flag))
    }

    /// The script of `sh -c script` and its kin.
    fn script(&self) -> Option<&str> {
        let name = self.name();
        if name == "eval" {
            return self.args().first().map(String::as_str);
        }
        if !is_shell(name) && !matches!(name, "su" | "runuser" | "script") {
            return None;
        }
        let at = self.args().iter().position(|word| {
            word == "--command" || (word.starts_with('-') && !word.starts_with("--") && word.ends_with('c') && !word.contains('='))
        })?;
        self.args().get(at + 1).map(String::as_str)
    }
}

pub(super) fn is_shell(name: &str) -> bool {
    matches!(name, "sh" | "bash" | "dash" | "ash" | "zsh" | "ksh" | "mksh" | "fish")
}

/// Fetches from a network and prints or stores what it got.
pub(super) fn is_fetcher(name: &str) -> bool {
    matches!(name, "curl" | "wget" | "fetch" | "aria2c" | "axel" | "lynx" | "http" | "https")
}

/// All commands of an instruction, in order of appearance.
pub(super) fn commands(instruction: &Instruction) -> Vec<Command> {
    let mut parser = Parser::default();
    if instruction.json {
        parser.all.push(Command { words: instruction.value.clone(), ..Command::default() });
        parser.finish(0, 0);
        return parser.all;
    }
    let Some(text) = instruction.value.first() else { return parser.all };
    if instruction.heredocs.is_empty() {
        parser.parse(text, 0, None);
        return parser.all;
    }
    let (line, bodies) = text.split_once('\n').unwrap_or((text, ""));
    parser.parse(line, 0, None);
    let is_script = match parser.all.as_slice() {
        [] => true,
        [only] => only.words.is_empty() || (is_shell(only.name()) && only.script().is_none()),
        _ => false,
    };
    let foreign = bodies.strip_prefix("#!").is_some_and(|line| {
        let line = line.lines().next().unwrap_or_default();
        !line.split(['/', ' ']).any(is_shell)
    });
    if is_script && !foreign {
        parser.parse(bodies, 0, None);
    }
    parser.all
}

/// Nesting of substitutions and of `sh -c`.
const MAX_DEPTH: usize = 4;

#[derive(Default)]
struct Parser {
    all: Vec<Command>,
}

/// Where the reader of a script stands.
struct State {
    /// The command that words are added to.
    current: Option<usize>,
    word: Option<String>,
    /// The next word is the target of a redirection.
    redirected: bool,
    /// The command in front of a `|`.
    pipe: Option<usize>,
    inside: Option<usize>,
}

impl Parser {
    fn parse(&mut self, text: &str, depth: usize, inside: Option<usize>) {
        let mut state = State { current: None, word: None, redirected: false, pipe: None, inside };
        let mut rest = text;
        while let Some(c) = rest.chars().next() {
            let after = rest.get(c.len_utf8()..).unwrap_or_default();
            rest = match c {
                '\\' => {
                    let next = after.chars().next();
                    if let Some(next) = next.filter(|next| *next != '\n') {
                        state.word.get_or_insert_default().push(next);
                    }
                    after.get(next.map_or(0, char::len_utf8)..).unwrap_or_default()
                }
                '\'' => {
                    let (quoted, after) = after.split_once('\'').unwrap_or((after, ""));
                    state.word.get_or_insert_default().push_str(quoted);
                    after
                }
                '"' => self.double_quoted(after, depth, &mut state),
                '`' => {
                    let (script, after) = after.split_once('`').unwrap_or((after, ""));
                    self.substitution(script, '`', depth, &mut state);
                    after
                }
                '$' if after.starts_with('(') && !after.starts_with("((") => {
                    let (script, after) = balanced(after.get(1..).unwrap_or_default());
                    self.substitution(script, '$', depth, &mut state);
                    after
                }
                '$' if after.starts_with('{') => {
                    let (name, after) = after.split_once('}').unwrap_or((after, ""));
                    let word = state.word.get_or_insert_default();
                    word.push('$');
                    word.push_str(name);
                    word.push('}');
                    after
                }
                '<' | '>' if after.starts_with('(') && state.word.is_none() => {
                    let (script, after) = balanced(after.get(1..).unwrap_or_default());
                    self.substitution(script, c, depth, &mut state);
                    after
                }
                '<' | '>' => {
                    if state.word.as_deref().is_some_and(|word| word.bytes().all(|b| b.is_ascii_digit())) {
                        state.word = None;
                    }
                    self.end_word(&mut state);
                    state.redirected = true;
                    after.trim_start_matches(['<', '>', '&', '|', '-'])
                }
                '&' if after.starts_with('>') => after,
                '#' if state.word.is_none() => after.split_once('\n').map_or("", |(_, after)| after).trim_start_matches('\n'),
                // A pipeline goes on behind a line that ends with its bar.
                '\n' if state.pipe.is_some() && state.current.is_none() && state.word.is_none() => after,
                '|' | '&' | ';' | '\n' | '(' | ')' => {
                    self.end_command(depth, &mut state);
                    match c {
                        '|' if !after.starts_with('|') => after.trim_start_matches('&'),
                        _ => {
                            state.pipe = None;
                            state.current = None;
                            after.trim_start_matches(['|', '&', ';'])
                        }
                    }
                }
                c if c.is_whitespace() => {
                    self.end_word(&mut state);
                    after
                }
                c => {
                    state.word.get_or_insert_default().push(c);
                    after
                }
            };
            // A comment ends with its line, and the line ends the command.
            if c == '#' && state.word.is_none() {
                self.end_command(depth, &mut state);
                state.pipe = None;
                state.current = None;
            }
        }
        self.end_command(depth, &mut state);
    }

    /// Up to the closing quote; returns what follows it.
    fn double_quoted<'t>(&mut self, text: &'t str, depth: usize, state: &mut State) -> &'t str {
        state.word.get_or_insert_default();
        let mut rest = text;
        while let Some(c) = rest.chars().next() {
            let after = rest.get(c.len_utf8()..).unwrap_or_default();
            match c {
                '"' => return after,
                '\\' => {
                    let next = after.chars().next();
                    if let Some(next) = next.filter(|next| *next != '\n') {
                        let word = state.word.get_or_insert_default();
                        if !matches!(next, '"' | '\\' | '$' | '`') {
                            word.push('\\');
                        }
                        word.push(next);
                    }
                    rest = after.get(next.map_or(0, char::len_utf8)..).unwrap_or_default();
                }
                '`' => {
                    let (script, after) = after.split_once('`').unwrap_or((after, ""));
                    self.substitution(script, '`', depth, state);
                    rest = after;
                }
                '$' if after.starts_with('(') && !after.starts_with("((") => {
                    let (script, after) = balanced(after.get(1..).unwrap_or_default());
                    self.substitution(script, '$', depth, state);
                    rest = after;
                }
                c => {
                    state.word.get_or_insert_default().push(c);
                    rest = after;
                }
            }
        }
        rest
    }

    /// Commands in the words of another one. The word keeps a mark, so that it is not taken for something written out.
    fn substitution(&mut self, script: &str, kind: char, depth: usize, state: &mut State) {
        let outer = self.open(state);
        state.word.get_or_insert_default().push_str(if matches!(kind, '`' | '$') { "$(" } else { "<(" });
        state.word.get_or_insert_default().push_str(script);
        state.word.get_or_insert_default().push(')');
        if depth < MAX_DEPTH {
            self.parse(script, depth + 1, Some(outer));
        }
    }

    /// The command that words are added to.
    fn open(&mut self, state: &mut State) -> usize {
        if let Some(current) = state.current {
            return current;
        }
        let current = self.all.len();
        self.all.push(Command { reads: state.pipe.take(), inside: state.inside, ..Command::default() });
        state.current = Some(current);
        current
    }

    fn end_word(&mut self, state: &mut State) {
        let Some(word) = state.word.take() else { return };
        if std::mem::take(&mut state.redirected) {
            return;
        }
        let current = self.open(state);
        if let Some(command) = self.all.get_mut(current) {
            command.words.push(word);
        }
    }

    fn end_command(&mut self, depth: usize, state: &mut State) {
        self.end_word(state);
        state.redirected = false;
        if let Some(current) = state.current.take() {
            self.finish(current, depth);
            state.pipe = Some(current);
        }
    }

    /// Takes off what stands in front of the program, and follows `sh -c`.
    fn finish(&mut self, index: usize, depth: usize) {
        let Some(command) = self.all.get_mut(index) else { return };
        unwrap(command);
        let script = command.script().filter(|_| depth < MAX_DEPTH).map(str::to_owned);
        if let Some(script) = script {
            self.parse(&script, depth + 1, None);
        }
    }
}

/// The text up to the parenthesis that closes, and what follows it.
fn balanced(text: &str) -> (&str, &str) {
    let mut open = 0_usize;
    let mut quote = None;
    let mut escaped = false;
    for (at, c) in text.char_indices() {
        if std::mem::take(&mut escaped) {
            continue;
        }
        match (c, quote) {
            ('\\', None | Some('"')) => escaped = true,
            ('\'' | '"', None) => quote = Some(c),
            (c, Some(open)) if c == open => quote = None,
            ('(', None) => open += 1,
            (')', None) if open == 0 => return (text.get(..at).unwrap_or_default(), text.get(at + 1..).unwrap_or_default()),
            (')', None) => open -= 1,
            _ => {}
        }
    }
    (text, "")
}

fn is_assignment(word: &str) -> bool {
    word.split_once('=').is_some_and(|(name, _)| {
        name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
    })
}

fn unwrap(command: &mut Command) {
    let mut words = std::mem::take(&mut command.words).into_iter().peekable();
    while let Some(word) = words.peek() {
        let name = word.rsplit('/').next().unwrap_or_default();
        // Options of these that take the next word for their value.
        let valued: &[&str] = match name {
            "if" | "then" | "else" | "elif" | "do" | "while" | "until" | "!" | "{" | "}" | "fi" | "done" | "esac" | "exec" | "command"
            | "builtin" | "nohup" | "eatmydata" | "time" | "setsid" => &[],
            "sudo" | "doas" => &["-u", "-g", "-h", "-p", "-C", "-T", "-U", "-r", "-t", "-D", "-R", "--user", "--group"],
            "env" => &["-u", "--unset", "-C", "--chdir"],
            "xargs" => &["-n", "-P", "-I", "-L", "-d", "-a", "-s", "--max-args", "--max-procs"],
            "nice" | "ionice" => &["-n", "-c", "-p"],
            "timeout" | "gosu" | "su-exec" | "setpriv" => &["-k", "-s", "--signal", "--kill-after"],
            _ if is_assignment(word) => {
                command.assignments.extend(words.next());
                continue;
            }
            _ => break,
        };
        command.sudo |= matches!(name, "sudo" | "doas");
        let takes_word = matches!(name, "timeout" | "gosu" | "su-exec");
        words.next();
        while let Some(option) = words.next_if(|word| word.len() > 1 && word.starts_with('-')) {
            if option == "--" {
                break;
            }
            if valued.contains(&option.as_str()) {
                words.next();
            }
        }
        if takes_word {
            words.next();
        }
    }
    command.words = words.collect();
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &[&str]) {
        let instruction = Instruction {
            keyword: "RUN".into(),
            onbuild: false,
            flags: Vec::new(),
            value: vec![text.into()],
            json: false,
            pairs: Vec::new(),
            heredocs: Vec::new(),
            lines: probity_model::Lines::one(1),
            original: String::new(),
        };
        let mut found: Vec<String> = commands(&instruction).iter().map(|command| command.words.join(" ")).collect();
        found.retain(|command| !command.is_empty());
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn lists_pipelines_and_groups() {
        check("a 1 && b 2 || c;d & e | f |& g", &["a 1", "b 2", "c", "d", "e", "f", "g"]);
        check("(cd x && make) ; { a; b; }", &["cd x", "make", "a", "b"]);
        check("if [ -f x ]; then a; else b; fi", &["[ -f x ]", "a", "b"]);
        check("a # c && d\nb", &["a", "b"]);
        check("case $x in y) a;; *) b;; esac", &["case $x in y", "a", "*", "b"]);
    }

    #[test]
    fn quotes_redirections_and_prefixes() {
        check("echo 'a && b' \"c ; $d\" e\\ f", &["echo a && b c ; $d e f"]);
        check("a 2>&1 >/dev/null < in &> out b", &["a b"]);
        check("X=1 Y='2 3' sudo -E -u root env Z=4 apt-get install", &["apt-get install"]);
        check("cat list | xargs -n 1 apt-get install -y", &["cat list", "apt-get install -y"]);
        check("timeout 5 a; exec b", &["a", "b"]);
    }

    #[test]
    fn substitutions_and_scripts() {
        check("a $(b | c) `d`", &["a $(b | c) $(d)", "b", "c", "d"]);
        check("bash -c \"$(curl x)\"", &["bash -c $(curl x)", "curl x", "$(curl x)", "curl x"]);
        check("sh -ec 'a && b'", &["sh -ec a && b", "a", "b"]);
        check("bash <(curl x)", &["bash <(curl x)", "curl x"]);
        check("echo $((1 + 2)) ${A:-b}", &["echo $", "1 + 2", "${A:-b}"]);
    }

    #[test]
    fn hostile_text_ends() {
        for text in
            ["$(".repeat(20_000), "\"$(".repeat(20_000), "(".repeat(20_000), "`".repeat(20_001), "sh -c '".repeat(5_000), "\\".into()]
        {
            let instruction = Instruction {
                keyword: "RUN".into(),
                onbuild: false,
                flags: Vec::new(),
                value: vec![text],
                json: false,
                pairs: Vec::new(),
                heredocs: Vec::new(),
                lines: probity_model::Lines::one(1),
                original: String::new(),
            };
            let _ = commands(&instruction);
        }
    }
}
