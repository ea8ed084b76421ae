//! HTML: what is shown, what is hidden, and where links lead.

use crate::only;

#[track_caller]
fn check(body: &str, expected: &str) {
    let html = format!("<!DOCTYPE html><html><body>{body}</body></html>");
    assert_eq!(only(html.as_bytes()).messages[0].text, expected, "{body}");
}

#[test]
fn lines_and_paragraphs() {
    check("a  b\n c", "a b c");
    check("a<br>b<br><br>c", "a\nb\n\nc");
    check("<div>a</div><div>b</div><div><br></div><div>c</div>", "a\nb\n\nc");
    check("<p>a<p>b", "a\n\nb");
    check("<pre>a\n  b</pre>c", "a\n  b\n\nc");
    check("<ul><li>a<li>b</ul>", "- a\n- b");
    check("<table><tr><td>a<td>b<tr><td>c<td>d</table>", "a\tb\nc\td");
    check("a&amp;b&nbsp;&lt;c&gt; &#x4e2d;", "a&b <c> 中");
    check("</p></div></div>a", "a");
}

#[test]
fn quotes() {
    check("a<blockquote>b<br>c<p>d</blockquote>e", "a\n\n> b\n> c\n>\n> d\n\ne");
    check(
        "<div class=gmail_quote>On Monday Jo wrote:<blockquote>b</blockquote></div>",
        "On Monday Jo wrote:\n\n> b",
    );
    check(
        "<div class=gmail_quote>---------- Forwarded message ---------<br>From: Jo<br>x</div>",
        "---------- Forwarded message ----------\nFrom: Jo\nx",
    );
}

#[test]
fn links() {
    check("<a href='https://x.example'>here</a>.", "here <https://x.example>.");
    check("<a href='https://www.x.example/'>x.example</a>", "x.example");
    check("<a href='mailto:a@x.example?subject=y'>a@x.example</a>", "a@x.example");
    check("<a href='https://evil.example'>bank.example</a>", "bank.example <https://evil.example>");
    check("<a href='#top'>up</a> <a href='javascript:x'>run</a>", "up run");
    check("<a href='https://x.example'><img alt=Pay></a>", "Pay <https://x.example>");
}

#[test]
fn hidden_text_is_left_out() {
    for hidden in [
        "style='display:none'",
        "style='DISPLAY : None !important'",
        "style='visibility:hidden'",
        "style='font-size:0px'",
        "style='opacity:0'",
        "style='max-height:0;overflow:hidden'",
        "style='color:#fff;background:#ffffff'",
        "style='color:white' bgcolor=white",
        "style='text-indent:-9999px'",
        "hidden",
    ] {
        check(&format!("a<span {hidden}>secret</span>b"), "ab");
    }
    for shown in
        ["style='color:#fff'", "style='color:#fff;background:#000'", "style='font-size:9px'"]
    {
        check(&format!("a<span {shown}>text</span>b"), "atextb");
    }
    check("a<script>x</script><style>y</style><!-- z --><template>t</template>b", "ab");
}

#[test]
fn much_hidden_text_is_told() {
    let html = format!("<html><body>a<div hidden>{}</div></body></html>", "word ".repeat(100));
    let thread = only(html.as_bytes());
    assert_eq!(
        thread.limits,
        ["400 characters of HTML that the reader does not see were left out."]
    );
}

#[test]
fn what_was_never_closed_does_not_swallow_the_rest() {
    check("<svg><path>a</svg>b", "b");
    check("<svg><g><p>a", "a");
    assert_eq!(only(b"<html><head><title>t</title><body>a").messages[0].text, "a");
    assert_eq!(only(b"<html><head><meta charset=utf-8><p>a").messages[0].text, "a");
}
