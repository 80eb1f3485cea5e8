//! EPSS: how probable it is that a vulnerability is exploited in the next 30 days.
//!
//! <https://www.first.org/epss/data_stats>: CSV, with a comment that says the model and the day.

use super::{
    FeedFile, Format, Sink, Why,
    text::{date, is_cve},
};
use probity_model::vulnerability::Epss;

pub(super) static FORMAT: Format = Format { id: "epss", title: "FIRST EPSS", recognise, read };

fn recognise(file: &FeedFile<'_>) -> bool {
    file.is_text_with(&["cve,epss,percentile"])
}

fn read(file: &FeedFile<'_>, sink: &mut Sink) {
    let text = file.text();
    let mut scored = String::new();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        if let Some(comment) = line.strip_prefix('#') {
            // `#model_version:v2023.03.01,score_date:2024-06-01T00:00:00+0000`
            let day = comment.split(',').find_map(|part| part.trim().strip_prefix("score_date:")).and_then(|date| date.get(..10));
            day.unwrap_or_default().clone_into(&mut scored);
            sink.state(date(&scored));
            continue;
        }
        if line.starts_with("cve,") {
            continue;
        }
        sink.seen += 1;
        let mut fields = line.split(',');
        let id = fields.next().unwrap_or_default();
        let mut number = || fields.next().and_then(|field| field.trim().parse::<f64>().ok()).filter(|number| (0.0..=1.0).contains(number));
        match (is_cve(id), number(), number()) {
            (true, Some(score), Some(percentile)) => sink.epss.push((id.to_owned(), Epss { score, percentile, date: scored.clone() })),
            _ => sink.reject(Why::Unreadable, id, line),
        }
    }
}
