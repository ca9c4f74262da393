internal import ArgumentParser
internal import Resources

/// One row of a listing: as a table, as JSON and as a bare name.
protocol Listing {
  /// Headings of the table.
  static var columns: [String] { get }
  /// Cells of the table, one for each heading.
  var cells: [String] { get }
  /// All that is known, for `--json`.
  var json: Value { get }
  /// The name, for `--quiet`.
  var name: String { get }
}

/// How listings are printed.
struct OutputOptions: ParsableArguments {
  @Flag(help: "Print one JSON document.")
  var json = false

  @Flag(name: [.customShort("q"), .long], help: "Print names only.")
  var quiet = false

  /// Prints rows in the form that was asked for.
  func show<Row: Listing>(_ rows: [Row]) {
    if json {
      Console.out(Value.list(rows.map(\.json)).json)
    } else if quiet {
      for row in rows { Console.out(Console.printable(row.name)) }
    } else {
      OutputOptions.table(Row.columns, rows.map(\.cells))
    }
  }

  /// Prints one thing in the form that was asked for.
  func show<Row: Listing>(one row: Row) {
    if json {
      Console.out(row.json.json)
    } else if quiet {
      Console.out(Console.printable(row.name))
    } else {
      let width = Row.columns.map(\.count).max() ?? 0
      for (column, cell) in zip(Row.columns, row.cells) {
        let padding = String(repeating: " ", count: width - column.count)
        Console.out("\(column)\(padding)  \(Console.printable(cell))")
      }
    }
  }

  static func table(_ columns: [String], _ rows: [[String]]) {
    let rows = rows.map { $0.map(Console.printable) }
    var widths = columns.map(\.count)
    for row in rows {
      for (index, cell) in row.enumerated() { widths[index] = max(widths[index], cell.count) }
    }
    for row in [columns] + rows {
      var line = ""
      for (index, cell) in row.enumerated() {
        line += cell
        if index < row.count - 1 {
          line += String(repeating: " ", count: widths[index] - cell.count + 2)
        }
      }
      Console.out(line)
    }
  }
}
