import Interop

@main
struct Main {
  static func main() async { await InteropProgram.main(InteropServerCommand.self) }
}
