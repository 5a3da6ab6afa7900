fn main() -> Result<(), std::num::ParseIntError> {
    "home".parse::<i32>()?;
    Ok(())
}
