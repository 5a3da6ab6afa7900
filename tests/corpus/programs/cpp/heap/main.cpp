#include <cstdlib>

int main() {
  void *weights = std::malloc(16);
  std::free(weights);
  std::free(weights);
}
