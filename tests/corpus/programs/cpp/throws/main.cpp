#include <stdexcept>

int main() { throw std::runtime_error("no weight for home"); }
