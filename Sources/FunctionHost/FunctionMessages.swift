internal import Language
internal import Schema

/// Maps between the terms of the compiler and the messages of the protocol.
enum FunctionMessages {
  // MARK: To the process

  static func request(_ request: FunctionRequest) -> FunctionV1.RunRequest.OneOf_Kind {
    switch request {
    case .load(let module): .load(.init(modules: [module]))
    case .call(let call):
      .call(
        .init(
          function: call.function, positional: call.positional.map { message($0) },
          named: entries(call.named), file: call.file, line: UInt32(clamping: call.line)))
    case .answer(let given): .answer(.init(kind: answer(given)))
    }
  }

  private static func answer(_ answer: FunctionAnswer) -> FunctionV1.Answer.OneOf_Kind {
    switch answer {
    case .value(let value): .value(message(value))
    case .unset(let token): .unset(token)
    case .absent(let token): .absent(token)
    case .refused(let reason): .refused(reason)
    case .type(let type):
      .type(
        .init(
          name: type.name, isEntity: type.isEntity, parents: type.parents,
          ancestors: type.ancestors,
          attributes: type.attributes.map {
            .init(
              name: $0.name, type: $0.type, isRelation: $0.isRelation, lower: $0.lower,
              upper: $0.upper, inverse: $0.inverse)
          }))
    }
  }

  private static func entries(_ arguments: [FunctionArgument]) -> [FunctionV1.DictionaryEntry] {
    arguments.map { .init(key: $0.name, value: message($0.value)) }
  }

  private static func message(_ value: FunctionValue) -> FunctionV1.ModelValue {
    switch value {
    case .null, .unsupported, .construction: .init(kind: .nullValue(.unspecified))
    case .bool(let flag): .init(kind: .boolValue(flag))
    case .int(let number): .init(kind: .intValue(number))
    case .bigInt(let digits): .init(kind: .bigIntValue(digits))
    case .double(let number): .init(kind: .doubleValue(number))
    case .string(let text): .init(kind: .stringValue(text))
    case .list(let values): .init(kind: .listValue(.init(values: values.map { message($0) })))
    case .dictionary(let pairs): .init(kind: .dictionaryValue(.init(entries: entries(pairs))))
    case .instance(let id, let entity):
      .init(kind: .instanceValue(.init(id: id, entity: entity)))
    case .unknown(let id): .init(kind: .unknownValue(.init(id: id)))
    case .reference(let type, let arguments, let valueType):
      .init(
        kind: .referenceValue(
          .init(type: type, arguments: entries(arguments), valueType: valueType)))
    }
  }

  // MARK: From the process

  /// What a response means; nil for one that has no place in a session that runs.
  static func response(_ message: FunctionV1.RunResponse) -> FunctionResponse? {
    switch message.kind {
    case .loaded(let loaded):
      .loaded(
        loaded.functions.map { description($0) },
        dataClasses: loaded.dataClasses.map { dataClass in
          DataClassDescription(
            entity: dataClass.entity, isFrozen: dataClass.isFrozen,
            fields: dataClass.fields.map { .init($0.name, type($0.type)) })
        }, failures: loaded.failures.map { failure($0) })
    case .result(let result): self.result(result).map { .result($0) }
    case .question(let question): self.question(question).map { .question($0) }
    case .printed(let text): .printed(text)
    case .log(let line): .logged(line.text)
    case .welcome, .finished, nil: nil
    }
  }

  private static func result(_ message: FunctionV1.CallResult) -> FunctionResult? {
    switch message.kind {
    case .value(let result): .value(value(result))
    case .unset(let token): .unset(token)
    case .absent(let token): .absent(token)
    case .unknown(let unknown): .unknown(unknown.id)
    case .failure(let failed): .failure(failure(failed))
    case nil: nil
    }
  }

  private static func question(_ message: FunctionV1.Question) -> FunctionQuestion? {
    switch message.kind {
    case .attribute(let asked): .attribute(instance: asked.instance, name: asked.name)
    case .variable(let asked): .variable(asked.name)
    case .type(let asked): .type(asked.name)
    case .check(let asked): .check(value(asked.value ?? .init()), type: asked.type)
    case .instances(let asked): .instances(entity: asked.entity)
    case nil: nil
    }
  }

  private static func value(_ message: FunctionV1.ModelValue) -> FunctionValue {
    switch message.kind {
    case .nullValue: .null
    case .boolValue(let flag): .bool(flag)
    case .intValue(let number): .int(number)
    case .bigIntValue(let digits): .bigInt(digits)
    case .doubleValue(let number): .double(number)
    case .stringValue(let text): .string(text)
    case .listValue(let list): .list(list.values.map { value($0) })
    case .dictionaryValue(let dictionary): .dictionary(values(dictionary.entries))
    case .instanceValue(let instance): .instance(instance.id, entity: instance.entity)
    case .unknownValue(let unknown): .unknown(unknown.id)
    case .constructionValue(let made): .construction(made.entity, values(made.attributes))
    case .referenceValue(let reference):
      .reference(
        reference.type, values(reference.arguments), valueType: reference.valueType)
    case nil: .unsupported("a value of no kind")
    }
  }

  private static func values(_ entries: [FunctionV1.DictionaryEntry]) -> [FunctionArgument] {
    entries.map { FunctionArgument($0.key, value($0.value ?? .init())) }
  }

  static func failure(_ message: FunctionV1.Failure) -> FunctionFailure {
    let text =
      message.isDeliberate || message.type.isEmpty
      ? message.message : "\(message.type): \(message.message)"
    return FunctionFailure(
      text, isDeliberate: message.isDeliberate, traceback: message.traceback)
  }

  private static func failure(_ message: FunctionV1.LoadFailure) -> FunctionFailure {
    var failure = failure(message.failure ?? .init())
    failure.missingPackage = message.missingPackage
    if !message.file.isEmpty { failure.message += " (\(message.file):\(message.line))" }
    return failure
  }

  private static func description(_ message: FunctionV1.Function) -> FunctionDescription {
    FunctionDescription(
      name: message.name,
      parameters: message.parameters.map { parameter in
        .init(
          parameter.name, form(parameter.kind), type(parameter.type),
          isOptional: parameter.isOptional)
      }, result: type(message.result), takesUnknown: message.takesUnknown,
      replacement: message.isDeprecated ? message.replacement : nil)
  }

  private static func form(_ kind: FunctionV1.ParameterKind) -> FunctionDescription.Form {
    switch kind {
    case .named: .named
    case .more: .more
    case .moreNamed: .moreNamed
    case .unspecified, .unrecognized: .plain
    }
  }

  private static func type(_ message: FunctionV1.ValueType?) -> FunctionType {
    switch message?.kind {
    case .named(let name): .named(name)
    case .listOf(let element): .list(type(element))
    case .dictionaryOf(let element): .dictionary(type(element))
    case .anyOf(let types): .oneOf(types.types.map { type($0) })
    case .referenceTo(let inner): .reference(type(inner))
    case nil: .any
    }
  }
}
