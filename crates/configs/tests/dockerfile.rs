//! Dockerfiles as BuildKit reads them.

mod common;
use common::{check, check_bytes};

#[test]
fn stages_arguments_and_variables() {
    check(
        "Dockerfile",
        "# syntax=docker/dockerfile:1.7
# a comment ends the directives
# escape=`
ARG VERSION=1.2 SUFFIX
ARG BASE=alpine:${VERSION}
FROM --platform=$BUILDPLATFORM golang:${VERSION:-1.0} AS Build
ARG VERSION
ARG TOKEN
ENV HOME=/home/app PATH=$HOME/bin:$PATH
ENV CACHE $HOME/cache dir
WORKDIR ${HOME}/${VERSION}
USER ${USERNAME:-app}
from build as test
RUN echo $HOME
WORKDIR $HOME
FROM ${BASE}${SUFFIX}
COPY --from=build --chown=app:app $HOME/a \"b c\" /dest/
",
        r#"
        syntax docker/dockerfile:1.7
          ARG VERSION=Some("1.2") SUFFIX=None @4
          ARG BASE=Some("alpine:1.2") @5
        from golang:1.2 as Build on $BUILDPLATFORM @6
          ARG VERSION=None @7
          ARG TOKEN=None @8
          ENV HOME=Some("/home/app") PATH=Some("$HOME/bin:$PATH") @9
          ENV CACHE=Some("/home/app/cache dir") @10
          WORKDIR ["/home/app/1.2"] @11
          USER ["app"] @12
        from build as test <- 0 @13
          RUN ["echo $HOME"] @14
          WORKDIR ["/home/app"] @15
        from alpine:1.2${SUFFIX} @16
          COPY --from=build --chown=app:app ["$HOME/a", "b", "c", "/dest/"] @17
        "#,
    );
}

#[test]
fn continuations() {
    check(
        "Containerfile.dev",
        "FROM a
RUN apt-get update \\
    # a comment between
  && apt-get install -y \\

    curl \\  \n  && true
RUN echo \\\\
RUN echo a \\
# at the end
",
        r#"
        from a @1
          RUN ["apt-get update   && apt-get install -y     curl   && true"] @2-7
          RUN ["echo \\\\"] @8
          RUN ["echo a"] @9
        "#,
    );
}

#[test]
fn escape_directive() {
    check(
        "windows.Dockerfile",
        "# escape=`
FROM windows
COPY a.txt c:\\
RUN dir `
  c:\\
",
        "
        from windows @2
          COPY [\"a.txt\", \"c:\\\\\"] @3
          RUN [\"dir   c:\\\\\"] @4-5
        ",
    );
}

#[test]
fn heredocs() {
    check(
        "Dockerfile",
        "FROM a
RUN <<EOF
apt-get update
# not a comment
EOF
COPY <<-\"ONE\" <<TWO /dest/
\tfirst $A
\tONE
second
TWO
RUN echo \"<<EOF\"
ONBUILD RUN <<X
x
X
",
        "
        from a @1
          RUN [\"<<EOF\\napt-get update\\n# not a comment\\n\"] <<EOF @3-5 \"apt-get update\\n# not a comment\\n\" @2-5
          COPY [\"<<-ONE\", \"<<TWO\", \"/dest/\"] <<ONE literal @7-8 \"first $A\\n\" <<TWO @9-10 \"second\\n\" @6-10
          RUN [\"echo \\\"<<EOF\\\"\"] @11
          onbuild RUN [\"<<X\\nx\\n\"] <<X @13-14 \"x\\n\" @12-14
        ",
    );
}

#[test]
fn exec_and_shell_form() {
    check(
        "Dockerfile",
        "FROM a
CMD [\"a\", \"b\\u0041\"]
CMD [\"a\",]
CMD ['a']
ENTRYPOINT []
HEALTHCHECK --interval=5s --timeout=$T CMD curl -f x || exit 1
HEALTHCHECK cmd [\"curl\", \"x\"]
HEALTHCHECK none
SHELL [\"/bin/bash\", \"-c\"]
VOLUME [\"/a\", \"/b\"]
VOLUME /a /b
EXPOSE 80 443/tcp
RUN --mount=type=cache,target=/c --network=none make
STOPSIGNAL SIGTERM
MAINTAINER Jane <jane@example.com>
",
        "
        from a @1
          CMD exec [\"a\", \"bA\"] @2
          CMD [\"[\\\"a\\\",]\"] @3
          CMD [\"['a']\"] @4
          ENTRYPOINT exec [] @5
          HEALTHCHECK --interval=5s --timeout=$T [\"curl -f x || exit 1\"] @6
          HEALTHCHECK exec [\"curl\", \"x\"] @7
          HEALTHCHECK [\"NONE\"] @8
          SHELL exec [\"/bin/bash\", \"-c\"] @9
          VOLUME exec [\"/a\", \"/b\"] @10
          VOLUME [\"/a\", \"/b\"] @11
          EXPOSE [\"80\", \"443/tcp\"] @12
          RUN --mount=type=cache,target=/c --network=none [\"make\"] @13
          STOPSIGNAL [\"SIGTERM\"] @14
          MAINTAINER [\"Jane <jane@example.com>\"] @15
        ",
    );
}

#[test]
fn labels() {
    check(
        "Dockerfile",
        "FROM a
LABEL a=b \"c d\"=\"e f\" g='h \"i'
LABEL description Some words \\
  on two lines
",
        "
        from a @1
          LABEL a=Some(\"b\") c d=Some(\"e f\") g=Some(\"h \\\"i\") @2
          LABEL description=Some(\"Some words   on two lines\") @3-4
        ",
    );
}

#[test]
fn what_buildkit_refuses_is_said() {
    check(
        "Dockerfile",
        "RUN too early
FROM a b c
FRMO x
ENV A
RUN <<EOF
no end
",
        r#"
        warning @1 analyzer-failed: `RUN` stands before the first `FROM` [dockerfile]
        warning @2 analyzer-failed: `FROM` has arguments that it does not take, and 1 more of the sort [dockerfile]
        warning @3 analyzer-failed: unknown instruction `FRMO` [dockerfile]
        warning @5 analyzer-failed: the here-document `EOF` does not end [dockerfile]
        from a @2
          FRMO ["x"] @3
          ENV A=None @4
          RUN ["<<EOF\nno end\n"] <<EOF @6 "no end\n" @5-6
        "#,
    );
}

#[test]
fn not_a_dockerfile() {
    check(
        "docs/dockerfile.txt",
        "# Copyright\nAll rights reserved\n",
        "note - target-kind-missing: has the name of a Dockerfile and no instruction of one []",
    );
    check(
        "Dockerfile.dev",
        "RUN x\n",
        "
        warning - analyzer-failed: has no `FROM` instruction [dockerfile]
        warning @1 analyzer-failed: `RUN` stands before the first `FROM` [dockerfile]
    ",
    );
    check("Dockerfile", "", "warning - analyzer-failed: has no `FROM` instruction [dockerfile]");
    check("Dockerfile", "# only a comment\n", "warning - analyzer-failed: has no `FROM` instruction [dockerfile]");
    check_bytes("Dockerfile", b"FROM a\n\0\x01", "warning @2 analyzer-failed: the file is binary [dockerfile]");
    check(
        "Dockerfile.j2",
        "FROM {{ base }}\n{% if x %}\nRUN x\n{% endif %}\n",
        "warning @1 analyzer-failed: is a template that is not rendered (unknown instruction `{%`) [dockerfile]",
    );
}

#[test]
fn ignores() {
    check(
        "Dockerfile",
        "# probity:ignore DS-0001
FROM a:latest
#trivy:ignore:DS002:exp:2027-01-01
# another comment

RUN a \\
  # probity:ignore DS-0029 reason=\"pinned elsewhere\"
  b
# probity:ignore nothing follows
",
        r#"
        from a:latest @2
          RUN ["a   b"] @6-8
        ignore DS-0001 on 1 covers @2
        ignore DS002 on 3 covers @6-8 until 2027-01-01
        ignore DS-0029 on 7 covers @6-8 because pinned elsewhere
        ignore nothing,follows on 9 covers @9
        "#,
    );
}
