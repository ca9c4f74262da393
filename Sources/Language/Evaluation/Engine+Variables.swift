extension Engine {
  // MARK: Making and reading

  mutating func makeVariable(_ kind: Variable.Kind) -> VariableID {
    var variable = Variable(kind: kind)
    switch kind {
    case .list, .listLiteral:
      variable.detail = Int32(collections.count)
      collections.append(Collection())
    case .proxy:
      variable.detail = Int32(proxies.count)
      proxies.append(Proxy())
    default: break
    }
    return variables.append(variable)
  }

  /// The variable that a chain of proxies stands for; absent if it is not known yet.
  func resolved(_ variable: VariableID) -> VariableID {
    var current = variable
    while current.isPresent, variables[current].kind == .proxy {
      current = proxies[Int(variables[current].detail)].target
    }
    return current
  }

  /// The attribute that a variable of an instance belongs to.
  func attribute(of variable: VariableID) -> AttributeCode {
    let object = objects[variables[variable].object]
    return program.entities[object.entity].attributes[Int(variable.raw - object.base)]
  }

  func isReady(_ variable: VariableID) -> Bool {
    let actual = resolved(variable)
    return actual.isPresent && variables[actual].isSet
  }

  /// Returns the value of a variable that has one.
  mutating func read(_ id: VariableID) throws(Interruption) -> Datum {
    let variable = variables[id]
    switch variable.kind {
    case .plain, .element, .single:
      guard variable.isSet else { throw .unset(id) }
      return variable.value
    case .optional:
      guard variable.isSet else { throw .unset(id) }
      guard !variable.isEmpty else { throw .noValue(id) }
      return variable.value
    case .list, .listLiteral:
      guard variable.isSet else { throw .unset(id) }
      if case .list = variable.value { return variable.value }
      let list = Datum.list(program.heap.list(collections[Int(variable.detail)].values))
      variables[id].value = list
      return list
    case .proxy:
      let proxy = proxies[Int(variable.detail)]
      guard proxy.target.isPresent else { throw .unset(id) }
      let value = try read(proxy.target)
      if proxy.reportsWhenRead {
        proxies[Int(variable.detail)].reportsWhenRead = false
        proxies[Int(variable.detail)].collector = .absent
        try report(value, to: proxy.collector, at: variable.place)
      }
      return value
    }
  }

  // MARK: Waiting

  /// Adds a waiter to the list of a variable, or counts it down if the variable has its value.
  mutating func wait(_ waiter: WaiterID, for variable: VariableID) {
    var current = variable
    while variables[current].kind == .proxy {
      let target = proxies[Int(variables[current].detail)].target
      guard target.isPresent else { break }
      current = target
    }
    if variables[current].isSet {
      countDown(waiter)
      return
    }
    let link: Int32
    if freeLink >= 0 {
      link = freeLink
      freeLink = links[Int(link)].next
      links[Int(link)] = WaitLink(waiter: waiter, next: -1)
    } else {
      link = Int32(links.count)
      links.append(WaitLink(waiter: waiter, next: -1))
    }
    if variables[current].waitersTail >= 0 {
      links[Int(variables[current].waitersTail)].next = link
    } else {
      variables[current].waitersHead = link
    }
    variables[current].waitersTail = link
    variables[current].waiterCount += 1
    let position = variables[current].asidePosition
    if position >= 0 { touched.append(position) }
  }

  mutating func countDown(_ waiter: WaiterID) {
    waiters[waiter].waitCount -= 1
    if waiters[waiter].waitCount == 0 { ready.append(.waiter(waiter)) }
  }

  /// Wakes everybody who waits for a variable that just got its value.
  mutating func wake(_ id: VariableID) {
    var link = variables[id].waitersHead
    guard link >= 0 else { return }
    variables[id].waitersHead = -1
    variables[id].waitersTail = -1
    variables[id].waiterCount = 0
    while link >= 0 {
      let entry = links[Int(link)]
      countDown(entry.waiter)
      links[Int(link)].next = freeLink
      freeLink = link
      link = entry.next
    }
  }

  /// Makes a proxy stand for a variable.
  mutating func connect(_ proxy: VariableID, to target: VariableID) throws(Interruption) {
    let index = Int(variables[proxy].detail)
    proxies[index].target = target
    let collector = proxies[index].collector
    if collector.isPresent {
      if try listen(to: target, with: collector, at: variables[proxy].place) {
        proxies[index].collector = .absent
      } else {
        proxies[index].reportsWhenRead = true
      }
    }
    var link = variables[proxy].waitersHead
    variables[proxy].waitersHead = -1
    variables[proxy].waitersTail = -1
    variables[proxy].waiterCount = 0
    while link >= 0 {
      let entry = links[Int(link)]
      links[Int(link)].next = freeLink
      freeLink = link
      wait(entry.waiter, for: target)
      link = entry.next
    }
  }

  // MARK: Collectors

  /// Lets a collector have the values of a variable as they come. Returns whether the variable
  /// does so; if not, the values are reported when the whole is evaluated.
  mutating func listen(
    to variable: VariableID, with collector: CollectorID, at place: PlaceID
  ) throws(Interruption) -> Bool {
    switch variables[variable].kind {
    case .element:
      _ = try receive(variables[variable].value, collector, at: place)
      return true
    case .list:
      let index = Int(variables[variable].detail)
      // A value may add further ones to the same relation; these are met here too.
      var position = 0
      while position < collections[index].values.count {
        _ = try receive(collections[index].values[position], collector, at: place)
        position += 1
      }
      guard !variables[variable].isSet else { return true }
      if collections[index].collectors.contains(collector) {
        collections[index].gradualWaiterCount += 1
      } else {
        collections[index].collectors.append(collector)
        if collectors[collector].isPurelyGradual { collections[index].gradualWaiterCount += 1 }
      }
      return true
    default: return false
    }
  }

  /// Reports a value to a collector; a list element by element.
  mutating func report(
    _ value: Datum, to collector: CollectorID, at place: PlaceID
  ) throws(Interruption) {
    guard case .list(let list) = value else {
      _ = try receive(value, collector, at: place)
      return
    }
    for index in 0..<program.heap.count(list)
    where try receive(program.heap.element(list, index), collector, at: place) {
      return
    }
  }

  /// Hands one value to a collector. Returns whether the collector wants no more.
  mutating func receive(
    _ value: Datum, _ id: CollectorID, at place: PlaceID
  ) throws(Interruption) -> Bool {
    let collector = collectors[id]
    switch collector.kind {
    case .attribute:
      do {
        try assign(value, to: collector.target, at: place)
      } catch {
        throw attributeFailure(error, setting: collector.target, at: collector.place)
      }
      return false
    case .loop:
      try startIteration(of: StatementID(raw: collector.code), with: value, in: collector.scope)
      return false
    case .comprehension:
      try startComprehensionElement(Int(collector.code), value: value, at: place)
      return false
    case .definedness:
      guard !value.isUnknown else { return false }
      try assign(.bool(true), to: collector.target, at: collector.place)
      return true
    }
  }

  // MARK: Freezing

  /// The number of waiters that freezing a delayed variable may help.
  func progressPotential(of id: VariableID) -> Int {
    let variable = variables[id]
    var potential = Int(variable.waiterCount)
    if variable.kind == .list {
      potential -= Int(collections[Int(variable.detail)].gradualWaiterCount)
    }
    if attribute(of: id).hasFreezeDependents { potential += 1 }
    return potential
  }

  func precedence(of id: VariableID) -> Int32 {
    environment.precedenceRuleCount == 0 ? -1 : attribute(of: id).precedence
  }

  /// Whether nothing that is known will add to a delayed variable.
  func canBeComplete(_ id: VariableID) -> Bool {
    let variable = variables[id]
    guard variable.promiseCount == 0 else { return false }
    guard variable.kind == .list else { return true }
    return collections[Int(variable.detail)].values.count >= Int(attribute(of: id).lower)
  }

  /// Puts a delayed variable into the freeze queue if it is not there.
  mutating func enqueue(_ id: VariableID) {
    guard !variables[id].isQueued else { return }
    variables[id].isQueued = true
    freezeQueue.append(id, precedence: precedence(of: id))
  }

  /// Ends the collection of values of a delayed variable.
  mutating func freeze(_ id: VariableID) throws(Interruption) {
    guard !variables[id].isSet else { return }
    if variables[id].isTraced { traceFreeze(of: id) }
    variables[id].isQueued = true
    variables[id].isSet = true
    variables[id].promiseCount = 0
    let firstLink = variables[id].waitersHead
    if firstLink >= 0, !variables[id].place.isPresent {
      // Who needed all values, in case further ones come.
      variables[id].place = waiters[links[Int(firstLink)].waiter].place
    }
    if variables[id].kind == .list {
      collections[Int(variables[id].detail)].collectors = []
    }
    wake(id)
  }

  // MARK: Promises

  /// Notes that a waiter will set a variable.
  mutating func promise(_ id: VariableID) -> Bool {
    switch variables[id].kind {
    case .optional, .list:
      guard !variables[id].isSet else { return false }
      variables[id].promiseCount += 1
      return true
    case .listLiteral:
      variables[id].promiseCount += 1
      return true
    default: return false
    }
  }

  mutating func fulfill(_ id: VariableID) throws(Interruption) {
    switch variables[id].kind {
    case .optional, .list:
      guard !variables[id].isSet else { return }
      variables[id].promiseCount -= 1
      if canBeComplete(id) { enqueue(id) }
    case .listLiteral:
      variables[id].promiseCount -= 1
      if variables[id].promiseCount == 0 {
        variables[id].isSet = true
        wake(id)
      }
    default: break
    }
  }
}
