require_relative "store"

def orchestrate
  Store.new.load("home")
end

orchestrate
