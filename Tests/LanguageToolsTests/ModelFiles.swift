import ProjectFiles
import Testing

/// Model files of this repository, and small ones with every construct of the grammar.
enum ModelFiles {
  struct File: CustomTestStringConvertible, Sendable {
    var path: String
    var text: String
    var testDescription: String { path }
  }

  static let root: String = {
    let parts = #filePath.split(separator: "/").dropLast(3)
    return "/" + parts.joined(separator: "/")
  }()

  static let all: [File] = ["Sources/Language/Library/Models", "Sources/Examples"].flatMap {
    files(in: $0)
  }

  private static func files(in folder: String) -> [File] {
    let tree = DiskFileTree(root: root)
    guard let entries = try? tree.entries(of: folder) else { return [] }
    return entries.flatMap { entry -> [File] in
      let path = folder + "/" + entry.name
      if entry.isFolder { return files(in: path) }
      guard path.hasSuffix(".cf"), let bytes = try? tree.contents(of: path) else { return [] }
      return [File(path: path, text: String(decoding: bytes, as: UTF8.self))]
    }
  }

  static let constructs = [
    File(
      path: "definitions",
      text: """
        \"""File.\"""
        import m::n as k
        entity A extends B, k::C:
            \"""Doc.\"""
            string x
            int[]? y = [1, 2,]
            dict d = {"a": {"b": 1}, r"c": null}
            k::t? z = undef
        end
        A.b [1] -- B.a [0:] \"""Rel.\"""
        A.c [:2] -> k::D
        A.e [1:3] f(1), "x", k::B.g [1]
        typedef t as string matching self in ["a", "b"] and not self == "c" \"""T.\"""
        typedef u as string matching /a\\/b/
        index A(x, y)
        implementation i for A:
            \"""I.\"""
            self.x = "y"
        end
        implement A using i, k::j, parents when x is defined and y == 1 \"""Impl.\"""
        """),
    File(
      path: "statements",
      text: """
        a = 1 + -2 * (3 - 4) ** 2 / 5 % 6
        b = x not in [1, 2.5, .5,] or not y and z != null
        c = p ? q ? 1 : 2 : r ? 3 : {"k": s ? 4 : 5}
        d.e.f += A(x=1, **d, y=B[k="v"], z=a.b[n=1, m=2],)
        g = [x.y for x in l for y in x.z if x if y > 2]
        h = d["a"]["b"] is defined
        for x in m::f(1, k=2, **d):
        end
        """),
    File(
      path: "blocks",
      text: """
        for x in y:
            if a:
                b = "{{x}} \\n"
            elif c:
                f"{x:>10}"
            else:
                r'raw'
            end
        end
        (a)
        a
        not b
        [1]
        \"""text\"""
        A(x=1)
        """),
  ]
}
