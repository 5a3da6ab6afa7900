class WeightMissing < StandardError; end

def read(name)
  Integer(name)
end

def load(name)
  read(name)
rescue ArgumentError
  raise WeightMissing, "no weight for #{name}\nnor a default"
end

load("home")
