fn load(text: &str) -> i32 {
    text.parse::<i32>().unwrap()
}

fn main() {
    load("home");
}
