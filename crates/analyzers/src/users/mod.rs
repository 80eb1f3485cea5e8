//! Accounts: `passwd`, `group`, `shadow`, `gshadow`, `htpasswd`, `htdigest`, `.pgpass`. How a password is stored is a fact; the hash is never kept.
//!
//! passwd(5), group(5), shadow(5), gshadow(5), crypt(5), <https://httpd.apache.org/docs/2.4/misc/password_encryptions.html>
//!
//! An empty field of `passwd` lets anyone in, whatever `shadow` says: that is asked only where the field is `x`. Both are reported.
//!
//! A hash behind `!` is locked: login by password is off, whatever the hash. A field of `shadow` that no `crypt` can produce is locked too. In an
//! `htpasswd` file, where plain text is allowed, it is plain text.

use crate::{
    text::lines,
    unit::{FirstError, Run, SMALL, Unit},
};
use probity_model::{
    Capability, Facts, Place,
    analyzer::{AnalyzeError, AnalyzerMeta, File, Pattern},
    facts::{Group, Password, PasswordState, User},
};

pub(crate) const PASSWD: Unit = Unit {
    meta: &AnalyzerMeta {
        id: "users/passwd",
        version: 1,
        claims: &[Pattern::Path("etc/passwd"), Pattern::Path("usr/lib/passwd")],
        provides: &[Capability::Users],
        max_bytes: SMALL,
    },
    run: Run::Strict(passwd),
};

pub(crate) const GROUP: Unit = Unit {
    meta: &AnalyzerMeta {
        id: "users/group",
        version: 1,
        claims: &[Pattern::Path("etc/group"), Pattern::Path("usr/lib/group")],
        provides: &[Capability::Users],
        max_bytes: SMALL,
    },
    run: Run::Strict(group),
};

pub(crate) const SHADOW: Unit = Unit {
    meta: &AnalyzerMeta {
        id: "users/shadow",
        version: 1,
        claims: &[Pattern::Path("etc/shadow"), Pattern::Path("etc/shadow-"), Pattern::Path("etc/gshadow"), Pattern::Path("etc/gshadow-")],
        provides: &[Capability::Users],
        max_bytes: SMALL,
    },
    run: Run::Strict(shadow),
};

pub(crate) const HTPASSWD: Unit = Unit {
    meta: &AnalyzerMeta {
        id: "users/htpasswd",
        version: 1,
        claims: &[
            Pattern::Name("htpasswd"),
            Pattern::Suffix(".htpasswd"),
            Pattern::Name("htdigest"),
            Pattern::Suffix(".htdigest"),
            Pattern::Suffix(".pgpass"),
        ],
        provides: &[Capability::Users],
        max_bytes: SMALL,
    },
    run: Run::Lenient(htpasswd),
};

fn is_comment(line: &str) -> bool {
    line.trim().is_empty() || line.starts_with('#')
}

fn passwd(file: &File<'_>, out: &mut Facts) -> Result<(), AnalyzeError> {
    let mut errors = FirstError::default();
    for (number, line) in lines(file.bytes) {
        // `+` and `-` lines ask NIS, which an image does not have.
        if is_comment(&line) || line.starts_with(['+', '-']) {
            continue;
        }
        let at = Place::line(file.path, number);
        let fields: Vec<&str> = line.split(':').collect();
        let [name, password, uid, gid, _gecos, home, shell, ..] = fields.as_slice() else {
            errors.add(number, || format!("{} fields instead of 7", fields.len()));
            continue;
        };
        let (Ok(uid), Ok(gid)) = (uid.parse(), gid.parse()) else {
            errors.add(number, || "the user or group number is no number".to_owned());
            continue;
        };
        out.users.push(User {
            name: (*name).to_owned(),
            uid,
            gid,
            home: (*home).to_owned(),
            shell: shell.trim_end().to_owned(),
            at: at.clone(),
        });
        // `x` refers to `shadow`.
        if *password != "x" {
            out.passwords.push(Password { user: (*name).to_owned(), state: classify_crypt(password), at });
        }
    }
    errors.into_result()
}

fn group(file: &File<'_>, out: &mut Facts) -> Result<(), AnalyzeError> {
    let mut errors = FirstError::default();
    for (number, line) in lines(file.bytes) {
        if is_comment(&line) || line.starts_with(['+', '-']) {
            continue;
        }
        let mut fields = line.trim_end().split(':');
        let (Some(name), Some(_), Some(gid)) = (fields.next(), fields.next(), fields.next()) else {
            errors.add(number, || "fewer than 3 fields".to_owned());
            continue;
        };
        let Ok(gid) = gid.parse() else {
            errors.add(number, || "the group number is no number".to_owned());
            continue;
        };
        let members = fields.next().unwrap_or_default().split(',').filter(|member| !member.is_empty()).map(str::to_owned).collect();
        out.groups.push(Group { name: name.to_owned(), gid, members, at: Place::line(file.path, number) });
    }
    errors.into_result()
}

fn shadow(file: &File<'_>, out: &mut Facts) -> Result<(), AnalyzeError> {
    let groups = file.path.contains("gshadow");
    let mut errors = FirstError::default();
    for (number, line) in lines(file.bytes) {
        if is_comment(&line) || line.starts_with(['+', '-']) {
            continue;
        }
        let mut fields = line.split(':');
        let (Some(name), Some(hash)) = (fields.next(), fields.next()) else {
            errors.add(number, || "no password field".to_owned());
            continue;
        };
        let state = classify_crypt(hash);
        // An empty field of a group means that nobody but its members may join: nothing is open.
        if groups && state == PasswordState::Empty {
            continue;
        }
        let user = if groups { format!("group {name}") } else { name.to_owned() };
        out.passwords.push(Password { user, state, at: Place::line(file.path, number) });
    }
    errors.into_result()
}

fn htpasswd(file: &File<'_>, out: &mut Facts) {
    // Programs are called `htpasswd` too.
    if crate::looks_binary(file.bytes) || file.bytes.starts_with(b"#!") {
        return;
    }
    let digest = file.path.ends_with("htdigest");
    let pgpass = file.path.ends_with("pgpass");
    for (number, line) in lines(file.bytes) {
        let line = line.trim();
        if is_comment(line) {
            continue;
        }
        let fields: Vec<&str> = line.split(':').collect();
        let (user, state) = match fields.as_slice() {
            [_host, _port, _database, user, ..] if pgpass => (*user, PasswordState::Plain),
            [user, _realm, hash] if digest && hash.len() == 32 => (*user, PasswordState::Md5),
            [user, hash, ..] if !digest && !pgpass && !user.contains(char::is_whitespace) => (*user, classify_htpasswd(hash)),
            _ => continue,
        };
        out.passwords.push(Password { user: user.to_owned(), state, at: Place::line(file.path, number) });
    }
}

fn by_prefix(hash: &str) -> Option<PasswordState> {
    const PREFIXES: &[(&str, PasswordState)] = &[
        ("$1$", PasswordState::Md5),
        ("$apr1$", PasswordState::Md5),
        ("$md5", PasswordState::Md5),
        ("$2$", PasswordState::Blowfish),
        ("$2a$", PasswordState::Blowfish),
        ("$2b$", PasswordState::Blowfish),
        ("$2x$", PasswordState::Blowfish),
        ("$2y$", PasswordState::Blowfish),
        ("$5$", PasswordState::Sha256),
        ("$6$", PasswordState::Sha512),
        ("$y$", PasswordState::Yescrypt),
        ("$gy$", PasswordState::Yescrypt),
        ("$sha1$", PasswordState::Sha1),
        ("{SHA}", PasswordState::Sha1),
        ("{SSHA}", PasswordState::Sha1),
        ("{PLAIN}", PasswordState::Plain),
        ("{CLEARTEXT}", PasswordState::Plain),
        ("$", PasswordState::Other),
    ];
    PREFIXES.iter().find(|(prefix, _)| hash.starts_with(prefix)).map(|(_, state)| *state)
}

/// Traditional DES: 13 characters; BSDi's extension: `_` and 19.
fn is_des(hash: &str) -> bool {
    let body = hash.strip_prefix('_');
    let len = if body.is_some() { 19 } else { 13 };
    let body = body.unwrap_or(hash);
    body.len() == len && body.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'/'))
}

fn classify_crypt(hash: &str) -> PasswordState {
    if hash.is_empty() {
        PasswordState::Empty
    } else if hash.starts_with(['!', '*']) {
        PasswordState::Locked
    } else if let Some(state) = by_prefix(hash) {
        state
    } else if is_des(hash) {
        PasswordState::Des
    } else {
        PasswordState::Locked
    }
}

fn classify_htpasswd(hash: &str) -> PasswordState {
    if hash.is_empty() {
        PasswordState::Empty
    } else if let Some(state) = by_prefix(hash) {
        state
    } else if is_des(hash) {
        PasswordState::Des
    } else {
        PasswordState::Plain
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, robust};

    #[test]
    fn passwd_lines() {
        check(
            &PASSWD,
            "etc/passwd",
            b"root:x:0:0:root:/root:/bin/sh\n# c\n+::::::\ntoor::0:0::/:/bin/sh\nbad\nn:x:a:0::/:/\nsvc:!:4294967294:1::/:/usr/sbin/nologin\n",
            "user root 0:0 /root /bin/sh @1
             user toor 0:0 / /bin/sh @4
             user svc 4294967294:1 / /usr/sbin/nologin @7
             password toor Empty @4
             password svc Locked @7
             error line 5: 1 fields instead of 7 (and 1 more)",
        );
    }

    #[test]
    fn groups() {
        check(
            &GROUP,
            "etc/group",
            b"wheel:x:10:a,b\nnone:x:11:\nbad:x\n",
            "group wheel 10 [a b] @1\ngroup none 11 [] @2\nerror line 3: fewer than 3 fields",
        );
    }

    #[test]
    fn every_way_to_store_a_password() {
        check(
            &SHADOW,
            "etc/shadow",
            b"a:::0:::::\nb:!:1::::::\nc:*:\nd:$6$s$h:\ne:$1$s$h:\nf:$y$j9T$s$h:\ng:$2b$12$h:\nh:abJnggxhB/yWI:\ni:!$6$s$h:\nj:$5$s$h:\nk:x:\nl:$7$x:\nbad\n",
            "password a Empty @1
             password b Locked @2
             password c Locked @3
             password d Sha512 @4
             password e Md5 @5
             password f Yescrypt @6
             password g Blowfish @7
             password h Des @8
             password i Locked @9
             password j Sha256 @10
             password k Locked @11
             password l Other @12
             error line 13: no password field",
        );
        check(&SHADOW, "etc/gshadow", b"root:::\nadm:$6$s$h::\n", "password group adm Sha512 @2");
    }

    #[test]
    fn web_and_database_passwords() {
        check(
            &HTPASSWD,
            "srv/.htpasswd",
            b"a:$apr1$s$h\nb:{SHA}x=\nc:$2y$05$x\nd:open\n",
            "password a Md5 @1\npassword b Sha1 @2\npassword c Blowfish @3\npassword d Plain @4",
        );
        check(&HTPASSWD, "srv/site.htdigest", b"u:realm:0123456789abcdef0123456789abcdef\n", "password u Md5 @1");
        check(&HTPASSWD, "root/.pgpass", b"localhost:5432:db:app:word\n", "password app Plain @1");
        check(&HTPASSWD, "usr/bin/htpasswd", b"\x7fELF\x00a:b\n", "");
    }

    #[test]
    fn never_panics() {
        robust(&PASSWD, "etc/passwd", b"root:x:0:0:root:/root:/bin/sh\n");
        robust(&GROUP, "etc/group", b"wheel:x:10:a,b\n");
        robust(&SHADOW, "etc/shadow", b"a:$6$s$h:1::::::\n");
        robust(&HTPASSWD, "srv/.htpasswd", b"a:$apr1$s$h\n");
    }
}
