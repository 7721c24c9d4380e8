//! A rendition that is there already, beside a static file of about its length from the same server.

use std::time::Duration;

use crate::feed::house;
use crate::load::{body, median, requests, signed_in};
use crate::server::stay_on_core;

const CONNECTIONS: usize = 8;
const ROUNDS: usize = 7;
const ROUND: Duration = Duration::from_millis(1_500);

pub async fn run() {
    stay_on_core(1);
    let folder = tempfile::tempdir().unwrap();
    let (server, cookie) = house(&folder.path().join("house"), 0).await;
    let headers = signed_in(&cookie);
    let page = String::from_utf8(body(server.port, &headers, "/").await).unwrap();
    let after = page
        .split("src=\"/static/")
        .nth(1)
        .expect("the page has a script");
    let file = format!("/static/{}", after.split('"').next().unwrap());
    let length = body(server.port, &headers, &file).await.len();
    let key = upload(server.port, &cookie).await;
    let mut nearest = (usize::MAX, String::new());
    for width in (100..1_600).step_by(100) {
        let path = format!("/media/tr:w-{width},f-jpg/{key}");
        let off = body(server.port, &headers, &path)
            .await
            .len()
            .abs_diff(length);
        nearest = nearest.min((off, path));
    }
    let rendition = nearest.1;
    let bytes = body(server.port, &headers, &rendition).await.len();
    println!(
        "a static file of {length} bytes and a rendition of {bytes}, {CONNECTIONS} connections, {ROUNDS} rounds in turns"
    );
    let mut rates = [const { Vec::new() }; 2];
    for round in 0..=ROUNDS {
        for (n, path) in [&file, &rendition].into_iter().enumerate() {
            let (count, _) = requests((server.port, path), &headers, CONNECTIONS, ROUND).await;
            // The first round warms up.
            if round > 0 {
                rates[n].push(count as f64 / ROUND.as_secs_f64());
            }
        }
    }
    let [of_file, of_rendition] = rates.map(median);
    println!("  static file  {of_file:>7.0} requests/s");
    println!(
        "  rendition    {of_rendition:>7.0} requests/s  {:.2} of the static file",
        of_rendition / of_file
    );
}

/// Posts a picture of soft colours with some grain; its key.
async fn upload(port: u16, cookie: &str) -> String {
    let (width, height) = (1_600_u32, 1_200_u32);
    let pixel = |x: u32, y: u32| {
        let wave = |n: u32, long: f64| ((f64::from(n) / long).sin() * 90.0 + 128.0) as u8;
        let grain = ((x * 7_919 + y * 104_729 + x * y) % 13) as u8;
        [
            wave(x, 91.0) + grain,
            wave(y, 67.0) + grain,
            wave(x + y, 133.0) + grain,
        ]
    };
    let pixels: Vec<u8> = (0..height)
        .flat_map(|y| (0..width).flat_map(move |x| pixel(x, y)))
        .collect();
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, width, height);
    encoder.set_color(png::ColorType::Rgb);
    let mut writer = encoder.write_header().unwrap();
    writer.write_image_data(&pixels).unwrap();
    writer.finish().unwrap();
    let url = format!("http://127.0.0.1:{port}");
    let part = reqwest::multipart::Part::bytes(file).file_name("soft.png");
    let form = reqwest::multipart::Form::new()
        .text("caption", "Soft")
        .part("file", part);
    let request = reqwest::Client::new().post(format!("{url}/upload"));
    let request = request
        .header("origin", &url)
        .header("cookie", cookie)
        .multipart(form);
    let answer: serde_json::Value = request.send().await.unwrap().json().await.unwrap();
    let address = answer["url"].as_str().expect("the post has an address");
    address.rsplit('/').next().unwrap().to_owned()
}
