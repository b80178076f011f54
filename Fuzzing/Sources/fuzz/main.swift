import Foundation
@testable import GSLNumerics

// libFuzzer as a library: it calls a target again and again with bytes that it makes of those which
// led to places of the program that it had not seen before.
//
//   fuzz TARGET [libFuzzer's options] [FOLDER...]

/// Returns the status of the program; ends it by itself where a target traps, hangs or takes too
/// much memory, and leaves the bytes in a file.
@_silgen_name("LLVMFuzzerRunDriver")
func runFuzzer(
  _ count: UnsafeMutablePointer<CInt>,
  _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>>,
  _ callback: @convention(c) (UnsafePointer<UInt8>?, Int) -> CInt
) -> CInt

/// libFuzzer's callback has no context.
nonisolated(unsafe) var target = FuzzTarget.csv

guard CommandLine.arguments.count > 1, let named = FuzzTarget(rawValue: CommandLine.arguments[1])
else {
  let names = FuzzTarget.allCases.map(\.rawValue).joined(separator: ", ")
  FileHandle.standardError.write(Data("fuzz: name one of the targets: \(names)\n".utf8))
  exit(64)
}
target = named
GSL.returnErrors()

// Without the target, which is no option of libFuzzer.
var arguments = CommandLine.unsafeArgv
arguments[1] = arguments[0]
arguments += 1
var count = CommandLine.argc - 1
exit(
  runFuzzer(&count, &arguments) { bytes, count in
    target.read(Array(UnsafeBufferPointer(start: bytes, count: count)))
    return 0
  })
