// swift-tools-version: 6.0
import PackageDescription

// What `--version` names beside the version. Only `make` knows it (scripts/revision): a program
// that is built without has its version alone.
let commit = Context.environment["GLMM_POISSON_COMMIT"] ?? ""

let package = Package(
  name: "glmm-poisson",
  platforms: [.macOS(.v15)],
  products: [
    .library(name: "PoissonGLMM", targets: ["PoissonGLMM"]),
    .library(name: "SimulationStudy", targets: ["SimulationStudy"]),
    .library(name: "glmmpoisson", type: .dynamic, targets: ["CGLMMPoisson"]),
    .library(
      name: "Calculator",
      targets: ["CalculatorAPI", "CalculatorPage", "SpreadsheetAddIns", "ServeArguments"]),
    .executable(name: "glmm-poisson", targets: ["glmm-poisson"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.0"),
    .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
  ],
  targets: [
    .systemLibrary(
      name: "CGSL", pkgConfig: "gsl",
      providers: [.apt(["libgsl-dev"]), .brew(["gsl"])]),
    .systemLibrary(
      name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"]), .brew(["zlib"])]),
    .target(name: "CCounterRNG", dependencies: ["CGSL"]),
    .target(name: "CVectorKernels", exclude: ["dense_band.inc", "softplus_sums.inc"]),
    .target(
      name: "CSourceCommit",
      cSettings: commit.isEmpty ? [] : [.define("SOURCE_COMMIT", to: "\"\(commit)\"")]),
    .target(name: "PlatformEssentials"),
    .target(name: "GSLNumerics", dependencies: ["CGSL", "CCounterRNG", "PlatformEssentials"]),
    .target(
      name: "PoissonGLMM",
      dependencies: ["GSLNumerics", "CVectorKernels", "CZlib", "PlatformEssentials"]),
    .target(
      name: "CGLMMPoisson", dependencies: ["PoissonGLMM", "GSLNumerics"],
      exclude: ["glmmpoisson.h", "glmmpoisson.map", "glmmpoisson.pc.in"]),
    .target(
      name: "SimulationStudy",
      dependencies: [
        "PoissonGLMM", "GSLNumerics", "Yams", .product(name: "GRDB", package: "GRDB.swift"),
      ]),
    .target(
      name: "CalculatorAPI",
      dependencies: ["PoissonGLMM", "GSLNumerics", "PlatformEssentials", "CSourceCommit"],
      resources: [.embedInCode("Resources")]),
    .target(
      name: "CalculatorPage", dependencies: ["CalculatorAPI", "PoissonGLMM", "PlatformEssentials"],
      resources: [.embedInCode("Resources")]),
    .target(
      name: "SpreadsheetAddIns", dependencies: ["CalculatorAPI"],
      resources: [.embedInCode("Resources")]),
    .target(
      name: "ServeArguments",
      dependencies: [
        "CalculatorAPI", .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ]),
    .executableTarget(
      name: "glmm-poisson",
      dependencies: [
        "PoissonGLMM", "SimulationStudy", "CSourceCommit", "ServeArguments",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ]),
    .testTarget(name: "GSLNumericsTests", dependencies: ["GSLNumerics", "CGSL"]),
    .testTarget(
      name: "PoissonGLMMTests",
      dependencies: ["PoissonGLMM", "GSLNumerics", "CVectorKernels", "CGSL"],
      exclude: ["TableFunction/make_documented_answers.py"], resources: [.copy("Reference")]),
    .testTarget(
      name: "SimulationStudyTests",
      dependencies: ["SimulationStudy", .product(name: "GRDB", package: "GRDB.swift")],
      resources: [.copy("Measures/Golden"), .copy("Report/Snapshots")]),
    .testTarget(
      name: "CalculatorAPITests",
      dependencies: ["CalculatorAPI", "SpreadsheetAddIns", "PoissonGLMM"]),
    .testTarget(name: "CalculatorPageTests", dependencies: ["CalculatorPage", "CalculatorAPI"]),
    .testTarget(
      name: "CommandTests",
      dependencies: [
        "glmm-poisson", "PoissonGLMM", "SimulationStudy", "CGLMMPoisson", "CSourceCommit",
        "CalculatorAPI", "CalculatorPage", "ServeArguments",
        .product(name: "GRDB", package: "GRDB.swift"),
      ]),
  ],
  swiftLanguageModes: [.v6]
)

// `make docs` alone sets this: nobody else has to fetch and compile the plugin that it needs.
if Context.environment["GLMM_POISSON_DOCUMENTATION"] != nil {
  package.dependencies.append(
    .package(url: "https://github.com/swiftlang/swift-docc-plugin", from: "1.5.0"))
}
