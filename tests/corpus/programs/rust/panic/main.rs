fn read(weights: &[i32], at: usize) -> i32 {
    weights[at]
}

fn load(at: usize) -> i32 {
    read(&[1], at)
}

fn main() {
    println!("{}", load(std::env::args().count() + 6));
}
