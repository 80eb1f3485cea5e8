//! Kubernetes objects in YAML and JSON.

mod common;
use common::{check, check_bytes};

#[test]
fn lines_of_every_node() {
    check(
        "pod.yaml",
        "# header
apiVersion: v1
kind: Pod
metadata:
  name: web
  namespace: shop

  # a comment
spec:
  containers:
    - name: a
      image: \"x:1\"   # trailing
      args: [\"--a\",
             b]
      command:
      - sh
      - -c
      - |
        first
        second

      # comment after
    - name: b
      securityContext: {privileged: yes, runAsUser: 0}
      mode: 0644
      empty:
  text: >-
    folded
    text

# the end
---
# nothing
---
apiVersion: v1
kind: Service
metadata: {generateName: svc-}
",
        r#"
        object v1 shop/Pod/web @2-29
          apiVersion@2: "v1" @2
          kind@3: "Pod" @3
          metadata@4: @5-6
            name@5: "web" @5
            namespace@6: "shop" @6
          spec@9: @10-29
            containers@10: @11-26
              - @11-20
                name@11: "a" @11
                image@12: "x:1" @12
                args@13: @13-14
                  - "--a" @13
                  - "b" @14
                command@15: @16-20
                  - "sh" @16
                  - "-c" @17
                  - "first\nsecond\n" @19-20
              - @23-26
                name@23: "b" @23
                securityContext@24: @24
                  privileged@24: true @24
                  runAsUser@24: 0 @24
                mode@25: 420 @25
                empty@26: null @26
            text@27: "folded text" @28-29
        object v1 Service/svc- @35-37
          apiVersion@35: "v1" @35
          kind@36: "Service" @36
          metadata@37: @37
            generateName@37: "svc-" @37
        "#,
    );
}

#[test]
fn lists_and_json() {
    check(
        "list.yaml",
        "apiVersion: v1
kind: List
items:
- apiVersion: v1
  kind: ConfigMap
  metadata: {name: a}
- apiVersion: v1
  kind: SecretList
  items:
  - metadata:
      name: b
",
        r#"
        object v1 ConfigMap/a @4-6
          apiVersion@4: "v1" @4
          kind@5: "ConfigMap" @5
          metadata@6: @6
            name@6: "a" @6
        object v1 Secret/b @10-11
          metadata@10: @11
            name@11: "b" @11
          apiVersion@10: "v1" @10
          kind@10: "Secret" @10
        "#,
    );
    check(
        "list.json",
        "{
\t\"apiVersion\": \"v1\",
\t\"kind\": \"List\",
\t\"items\": [
\t\t{ \"apiVersion\": \"v1\", \"kind\": \"Pod\", // a comment
\t\t  \"metadata\": { \"name\": \"\\u0061\\n\\ud83d\\ude00\" },
\t\t  \"spec\": { \"n\": [1, -2.5e3, true, null, 9223372036854775808] }
\t\t},
\t]
}
",
        r#"
        object v1 Pod/a
        😀 @5-8
          apiVersion@5: "v1" @5
          kind@5: "Pod" @5
          metadata@6: @6
            name@6: "a\n😀" @6
          spec@7: @7
            n@7: @7
              - 1 @7
              - -2500.0 @7
              - true @7
              - null @7
              - 9.223372036854776e18 @7
        "#,
    );
    check(
        "tabs.yaml",
        "{\n\t\"apiVersion\": \"v1\",\n\t\"kind\": \"Pod\"\n}\n{\"apiVersion\": \"v1\", \"kind\": \"Node\"}",
        r#"
        object v1 Pod/ @1-4
          apiVersion@2: "v1" @2
          kind@3: "Pod" @3
        object v1 Node/ @5
          apiVersion@5: "v1" @5
          kind@5: "Node" @5
        "#,
    );
}

#[test]
fn anchors_and_merge_keys() {
    check(
        "x.yaml",
        "apiVersion: v1
kind: X
a: &a
  one: 1
  two: 2
b: &b {two: b, three: b}
c:
  <<: [*a, *b]
  one: own
d:
  one: before
  <<: *a
e: *a
",
        r#"
        object v1 X/ @1-13
          apiVersion@1: "v1" @1
          kind@2: "X" @2
          a@3: @4-5
            one@4: 1 @4
            two@5: 2 @5
          b@6: @6
            two@6: "b" @6
            three@6: "b" @6
          c@7: @8-9
            one@9: "own" @9
            two@5: 2 @5
            three@6: "b" @6
          d@10: @11-12
            one@11: "before" @11
            two@5: 2 @5
          e@13: @4-5
            one@4: 1 @4
            two@5: 2 @5
        "#,
    );
    check(
        "x.yaml",
        "apiVersion: v1\nkind: X\na: &a\n  - *a\n",
        r"
        warning @4:5 analyzer-failed: cannot be read as YAML: an alias refers to a node that contains it [k8s-manifest]
        ",
    );
    check(
        "x.yaml",
        "apiVersion: v1\nkind: X\na: *missing\n",
        r"
        warning @3:4 analyzer-failed: cannot be read as YAML: while parsing node, found unknown anchor [k8s-manifest]
        ",
    );
    check(
        "x.yaml",
        "apiVersion: v1\nkind: X\n<<: scalar\n",
        r"
        warning @3:1 analyzer-failed: cannot be read as YAML: a merge key needs a mapping or a list of mappings [k8s-manifest]
        ",
    );
}

#[test]
fn repeated_keys() {
    check(
        "x.yaml",
        "apiVersion: v1\nkind: X\nspec:\n  a: 1\n  b: 2\n  a: 3\n",
        r#"
        note @6 analyzer-disabled: the key `a` stands on lines 4 and 6 of one mapping; the last one counts []
        object v1 X/ @1-6
          apiVersion@1: "v1" @1
          kind@2: "X" @2
          spec@3: @4-6
            b@5: 2 @5
            a@6: 3 @6
        "#,
    );
    check("other.yaml", "a: 1\na: 2\n", "");
}

#[test]
fn scalars_and_tags() {
    check(
        "x.yaml",
        "apiVersion: v1
kind: X
quoted: \"true\"
single: 'it''s'
bool: on
text: \"a\\tb\\u00e9\"
str: !!str 12
int: !!int \"12\"
float: !!float 1
custom: !Sub \"${x}\"
list: !Join [a]
bang: ! 12
null: ~
octal: 0o17
1: number key
? complex
: value
",
        r#"
        object v1 X/ @1-17
          apiVersion@1: "v1" @1
          kind@2: "X" @2
          quoted@3: "true" @3
          single@4: "it's" @4
          bool@5: true @5
          text@6: "a\tbé" @6
          str@7: "12" @7
          int@8: 12 @8
          float@9: 1.0 @9
          custom@10: !Sub "${x}" @10
          list@11: !Join @11
            - "a" @11
          bang@12: "12" @12
          null@13: null @13
          octal@14: 15 @14
          1@15: "number key" @15
          complex@16: "value" @17
        "#,
    );
}

#[test]
fn encodings_and_line_ends() {
    check_bytes(
        "x.yaml",
        b"\xEF\xBB\xBFapiVersion: v1\r\nkind: X\r\ntext: |\r\n  a\r\n  b\r\n\r\nlast: 1\r\n",
        r#"
        object v1 X/ @1-7
          apiVersion@1: "v1" @1
          kind@2: "X" @2
          text@3: "a\nb\n" @4-5
          last@7: 1 @7
        "#,
    );
    let utf16: Vec<u8> = "\u{FEFF}apiVersion: v1\nkind: X\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    check_bytes(
        "x.yaml",
        &utf16,
        r#"
        object v1 X/ @1-2
          apiVersion@1: "v1" @1
          kind@2: "X" @2
        "#,
    );
    check_bytes(
        "x.yaml",
        b"apiVersion: v1\nkind: X\nname: \xFF\n",
        r"
        warning @3:1 analyzer-failed: cannot be read as YAML: the text is not UTF-8 [k8s-manifest]
        ",
    );
    check(
        "x.yaml",
        "apiVersion: v1\nkind: X\nspec:\n\ta: 1\n",
        r"
        warning @4:2 analyzer-failed: cannot be read as YAML: tabs disallowed within this context (block indentation) [k8s-manifest]
        ",
    );
}

#[test]
fn broken_files() {
    check(
        "x.yaml",
        "apiVersion: v1\nkind: A\n---\napiVersion: v1\nkind: [\n---\napiVersion: v1\nkind: C\n",
        r#"
        warning @5:7 analyzer-failed: cannot be read as YAML: unclosed bracket '['; the documents before it were read, what follows was not [k8s-manifest]
        object v1 A/ @1-2
          apiVersion@1: "v1" @1
          kind@2: "A" @2
        "#,
    );
    check(
        "x.yml",
        "a: [1\nb: 2\n",
        r"
        note @2:2 target-kind-missing: cannot be read as YAML: illegal placement of ':' indicator []
        ",
    );
    check("x.json", "{\"a\": ", "");
    check(
        "x.json",
        "{\"apiVersion\": \"v1\", \"kind\": \"Pod\",\n \"a\" 1}",
        r"
        warning @2:6 analyzer-failed: cannot be read as JSON: expected `:` after the key [k8s-manifest]
        ",
    );
}

#[test]
fn not_objects() {
    check("kustomization.yaml", "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\nresources: [a.yaml]\n", "");
    check("Chart.yaml", "apiVersion: v2\nname: x\n", "");
    check("values.yaml", "kind: Deployment\n", "");
    check("x.yaml", "- a\n- b\n", "");
    check("x.yaml", "just text\n", "");
    check("x.json", "[1, 2]", "");
    check("x.yaml", "apiVersion: 1\nkind: true\n", "");
    check(
        "kubelet.yaml",
        "apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\nreadOnlyPort: 0\n",
        r#"
        object kubelet.config.k8s.io/v1beta1 KubeletConfiguration/ @1-3
          apiVersion@1: "kubelet.config.k8s.io/v1beta1" @1
          kind@2: "KubeletConfiguration" @2
          readOnlyPort@3: 0 @3
        "#,
    );
    check(
        "list.yaml",
        "apiVersion: example.com/v1\nkind: AllowList\nitems: [a, b]\n",
        r#"
        object example.com/v1 AllowList/ @1-3
          apiVersion@1: "example.com/v1" @1
          kind@2: "AllowList" @2
          items@3: @3
            - "a" @3
            - "b" @3
        "#,
    );
}

#[test]
fn templates() {
    check(
        "chart/templates/a.yaml",
        "apiVersion: v1\nkind: Pod\nmetadata:\n  name: {{ .Values.name }}\n",
        r"
        warning @4 analyzer-failed: is a template that is not rendered, so its objects were not judged [k8s-manifest]
        ",
    );
    check(
        "chart/templates/b.yaml",
        "apiVersion: v1\nkind: Pod\nmetadata:\n  name: \"{{ .Release.Name }}\"\n",
        r"
        warning @4 analyzer-failed: is a template that is not rendered, so its objects were not judged [k8s-manifest]
        ",
    );
    check(
        "x.yaml",
        "{{- if .Values.x }}\napiVersion: v1\nkind: Pod\n{{- end }}\n",
        r"
        warning @1 analyzer-failed: is a template that is not rendered, so its objects were not judged [k8s-manifest]
        ",
    );
    check(
        "x.yaml",
        "apiVersion: v1\nkind: Pod\nspec:\n{% if x %}\n  a: 1\n{% endif %}\n",
        r"
        warning @4 analyzer-failed: is a template that is not rendered, so its objects were not judged [k8s-manifest]
        ",
    );
    check(
        "x.yaml",
        "apiVersion: v1\nkind: Pod\nname: {{ name }}\n",
        r"
        warning @3 analyzer-failed: is a template that is not rendered, so its objects were not judged [k8s-manifest]
        ",
    );
    check("values.yaml", "a: {{ x }}\n", "");
    check(
        "alerts.yaml",
        "apiVersion: v1\nkind: PrometheusRule\ntext: \"{{ $labels.pod }}\"\n",
        r#"
        object v1 PrometheusRule/ @1-3
          apiVersion@1: "v1" @1
          kind@2: "PrometheusRule" @2
          text@3: "{{ $labels.pod }}" @3
        "#,
    );
    check(
        "templates/flow.yaml",
        "apiVersion: v1\nkind: Workflow\ntext: \"{{inputs.parameters.x}}\"\n",
        r#"
        object v1 Workflow/ @1-3
          apiVersion@1: "v1" @1
          kind@2: "Workflow" @2
          text@3: "{{inputs.parameters.x}}" @3
        "#,
    );
}

#[test]
fn ignores() {
    check(
        "x.yaml",
        "# probity:ignore KSV-0001 until=2027-01-01
apiVersion: v1
kind: Pod
spec:
  # trivy:ignore:KSV-0002

  # another comment
  containers:
    - name: a  # probity:ignore KSV-0003,KSV-0004 reason=\"legacy\"
      image: x
      args:
        - |
          # probity:ignore NOT-A-COMMENT
    - name: b
      image: y  # trivy:ignore:KSV-0005
  hostNetwork: true # probity:ignore KSV-0006 until=never
# probity:ignore KSV-0007
---
# probity:ignore
apiVersion: v1
kind: Service
",
        r##"
        note @16 analyzer-disabled: inline ignore without effect: `never` is not a date (YYYY-MM-DD) []
        note @19 analyzer-disabled: inline ignore without effect: no rule is named []
        object v1 Pod/ @2-16
          apiVersion@2: "v1" @2
          kind@3: "Pod" @3
          spec@4: @8-16
            containers@8: @9-15
              - @9-13
                name@9: "a" @9
                image@10: "x" @10
                args@11: @12-13
                  - "# probity:ignore NOT-A-COMMENT\n" @13
              - @14-15
                name@14: "b" @14
                image@15: true @15
            hostNetwork@16: true @16
        object v1 Service/ @20-21
          apiVersion@20: "v1" @20
          kind@21: "Service" @21
        ignore KSV-0001 on 1 covers @2-16 until 2027-01-01
        ignore KSV-0002 on 5 covers @8-15
        ignore KSV-0003,KSV-0004 on 9 covers @9-13 because legacy
        ignore KSV-0005 on 15 covers @15
        ignore KSV-0007 on 17 covers @20-21
        "##,
    );
}

#[test]
fn what_was_meant_as_an_object_is_never_lost_silently() {
    let warning = |line: u32, message: &str| format!("warning @{line} analyzer-failed: {message} [k8s-manifest]");
    check(
        "list.yaml",
        "apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: Pod\n- kind: Pod\n- text\n",
        &format!(
            "{}\nobject v1 Pod/ @4-5\n  apiVersion@4: \"v1\" @4\n  kind@5: \"Pod\" @5",
            warning(6, "2 of 3 items of the list are no objects with `apiVersion` and `kind`, and were not judged")
        ),
    );
    check(
        "list.json",
        "{\"apiVersion\": \"v1\", \"kind\": \"List\",\n\"items\": {}}",
        &warning(2, "`items` of the list is no sequence and was not judged"),
    );
    check("list.yaml", "apiVersion: v1\nkind: List\nitems:\n", "");
    let nested = format!("{}{}", "{apiVersion: v1, kind: List, items: [".repeat(12), "]}".repeat(12));
    check(
        "list.yaml",
        &nested,
        "warning @1 subject-truncated: lists are nested more than 8 deep; what is in this one was not judged [k8s-manifest]",
    );
    for path in ["pod.yaml", "pod.json"] {
        check(
            path,
            "{\"kind\": \"Pod\", \"metadata\": {\"name\": \"a\"}}",
            &warning(1, "`kind: Pod` has no `apiVersion`, so the object was not judged"),
        );
        check(
            path,
            "[{\"apiVersion\": \"v1\", \"kind\": \"Pod\",\n\"metadata\": {\"name\": \"a\"}},\n{\"kind\": \"Pod\", \"spec\": {}}]",
            &format!(
                "{}\nobject v1 Pod/a @1-2\n  apiVersion@1: \"v1\" @1\n  kind@1: \"Pod\" @1\n  metadata@2: @2\n    name@2: \"a\" @2",
                warning(3, "1 of 2 items of the list are no objects with `apiVersion` and `kind`, and were not judged")
            ),
        );
    }
    // Values of a chart, references, and types of others.
    check("values.yaml", "kind: Deployment\nreplicas: 1\n", "");
    check("x.yaml", "kind: Survey\nspec: {}\n", "");
    check("x.json", "[{\"apiVersion\": \"v1\", \"kind\": \"Pod\", \"name\": \"a\"}]", "");
}

#[test]
fn encodings_that_are_not_read_are_said() {
    let utf16: Vec<u8> = "apiVersion: v1\nkind: X\n".encode_utf16().flat_map(u16::to_be_bytes).collect();
    let said = "analyzer-failed: cannot be read as YAML: it has zero bytes, as UTF-16 has";
    check_bytes("x.yaml", &utf16, &format!("warning @1:1 {said} [k8s-manifest]"));
    check_bytes("x.json", &utf16, &format!("warning @1:1 {said} [k8s-manifest]").replace("YAML", "JSON"));
    check_bytes("x.yaml", b"a: 1\nb: \0\n", &format!("note @2:1 {said} []").replace("analyzer-failed", "target-kind-missing"));
    check_bytes("x.json", b"{\"a\": \"\xFF services\"}", "note @1:1 target-kind-missing: cannot be read as JSON: the text is not UTF-8 []");
}

#[test]
fn many_repeated_keys_are_counted() {
    let text = format!("apiVersion: v1\nkind: X\n{}", "a: 1\n".repeat(31));
    let parsed = probity_configs::parse("x.yaml", text.as_bytes(), &probity_configs::Limits::default());
    assert_eq!(parsed.diagnostics.len(), 21);
    assert_eq!(parsed.diagnostics[20].message, "10 more keys stand in their mapping twice; the last one counts");
}
