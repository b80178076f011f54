/// A table as bytes, with the places that its rows came from.
extension DataTable {
  func write(to writer: inout ByteWriter) {
    writer.write(rowCount)
    writer.write(columnNames) { writer, name in
      writer.write(name)
      columns[name]?.write(to: &writer)
      writer.write(labels[name]) { $1.write(to: &$0) }
    }
    writer.write(origin) { writer, origin in
      writer.write(origin.name)
      writer.write(origin.jumps) { writer, jump in
        writer.write(jump.row)
        writer.write(jump.line)
      }
    }
  }

  init(from reader: inout ByteReader) throws(ByteReader.Damage) {
    let rows = try reader.readInt()
    let entries = try reader.readList { (reader) throws(ByteReader.Damage) in
      let name = try reader.readText()
      let values = try DataColumn(from: &reader)
      let labels = try reader.readOptional { (reader) throws(ByteReader.Damage) in
        try DataColumn(from: &reader)
      }
      return (name: name, values: values, labels: labels)
    }
    let origin = try reader.readOptional { (reader) throws(ByteReader.Damage) in
      let name = try reader.readText()
      let jumps = try reader.readList { (reader) throws(ByteReader.Damage) in
        (row: try reader.readInt(), line: try reader.readInt())
      }
      return RowOrigin(name: name, jumps: jumps, rowCount: rows)
    }
    let counts = entries.flatMap { [$0.values.count, $0.labels?.count ?? $0.values.count] }
    guard counts.allSatisfy({ $0 == rows }), rows >= 0 else { throw ByteReader.Damage() }
    do {
      try self.init(
        columns: entries.map { ($0.name, $0.values) },
        labels: Dictionary(
          entries.compactMap { entry in entry.labels.map { (entry.name, $0) } },
          uniquingKeysWith: { first, _ in first }),
        origin: origin)
    } catch {
      throw ByteReader.Damage()
    }
  }
}

extension DataColumn {
  fileprivate func write(to writer: inout ByteWriter) {
    switch self {
    case .numeric(let values):
      writer.write(true)
      writer.write(values)
    case .text(let codes, let levels):
      writer.write(false)
      writer.write(codes) { $0.write(Int($1)) }
      writer.write(levels) { $0.write($1) }
    }
  }

  fileprivate init(from reader: inout ByteReader) throws(ByteReader.Damage) {
    if try reader.readBool() {
      self = .numeric(try reader.readDoubles())
      return
    }
    let codes = try reader.readList { (reader) throws(ByteReader.Damage) in
      guard let code = Int32(exactly: try reader.readInt()) else { throw ByteReader.Damage() }
      return code
    }
    let levels = try reader.readList { (reader) throws(ByteReader.Damage) in
      try reader.readText()
    }
    guard codes.allSatisfy({ $0 >= -1 && Int($0) < levels.count }) else {
      throw ByteReader.Damage()
    }
    self = .text(codes: codes, levels: levels)
  }
}
