fn main() {
    let worker = std::thread::Builder::new().name("worker".into());
    let done = worker.spawn(|| panic!("no weight for {}\nnor a default", "home")).unwrap().join();
    std::process::exit(if done.is_err() { 1 } else { 0 });
}
