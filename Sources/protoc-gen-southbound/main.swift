print("protoc-gen-southbound")
