// Counting a room with a telephone: labels, a list that works without a network, sending later.
(function () {
  "use strict";
  const LATER = 15000; // between two tries to send
  const AT_ONCE = 200; // observations of one request
  // The controller has read it and will never take it as it is; all else is tried again later.
  const REFUSED = new Set([400, 404, 409, 413, 422]);
  const OVER = "stocktaking_over";
  const PAGE = /^(?:[a-z][a-z0-9+.-]*:\/\/[^/\s]+)?(?:\/[^\s?#]*)?\/devices\/([0-9A-Za-z-]{1,20})\/?$/;

  const root = document.getElementById("count");
  if (!root) return;
  const { madeId, openDatabase, phone, within } = window.fleetCount;
  const { campaign, school, user } = root.dataset;
  const api = `/api/v1/stocktaking/${encodeURIComponent(campaign)}`;
  const place = `${user} ${campaign} ${school}`;
  const part = (name) => root.querySelector(`[data-count-${name}]`);
  const word = (name, values = {}) =>
    Object.entries(values).reduce(
      (text, [key, value]) => text.replace(`{${key}}`, value),
      root.dataset[`word${name}`] || "",
    );
  let sheet = null;
  let queue = []; // what is not sent yet, oldest first
  let aside = []; // what was refused, each with its reason
  let sending = false;
  let trouble = ""; // why nothing is sent, in words

  async function note(entry) {
    entry.place = place;
    entry.at = new Date().toISOString();
    queue.push(entry);
    await keep(entry);
    show();
    send();
  }

  function keep(entry) {
    return within("queue", "readwrite", (store) => store.put(entry));
  }

  // --- what is seen -----------------------------------------------------------------------

  function everyDevice() {
    return sheet.rooms.flatMap((room) => room.devices.map((device) => ({ device, room })));
  }

  // The same rule as the controller's: a page's address, an asset number, a serial number.
  function known(code) {
    const text = code.trim().replace(/\s+/g, " ");
    const page = PAGE.exec(text.split(/[?#]/)[0]);
    const wanted = page ? page[1] : text;
    const all = everyDevice();
    const same = all.find(({ device }) => device.device_id === wanted);
    if (same) return same;
    for (const name of ["asset_number", "serial"]) {
      const fits = all.filter(
        ({ device }) => (device[name] || "").trim().toLowerCase() === text.toLowerCase(),
      );
      if (fits.length === 1) return fits[0];
      if (fits.length) return null;
    }
    return null;
  }

  // Where a device is by what the controller said and what waits here; the newest word counts.
  function seenIn(device) {
    let where = device.seen_in;
    for (const entry of queue) {
      if (entry.kind !== "sight" || entry.device !== device.device_id) continue;
      if (entry.present) where = entry.room;
      else if (where === entry.room) where = null;
    }
    return where;
  }

  function isDone(room) {
    let done = Boolean(room.done_at);
    for (const entry of queue) if (entry.kind === "done" && entry.room === room.id) done = entry.done;
    return done;
  }

  function roomName(room) {
    return `${room.building} ${room.name}`.trim() || word("NoRoom");
  }

  function chosenRoom() {
    const id = window.location.hash.slice(1);
    return sheet && sheet.rooms.find((room) => room.id === id);
  }

  async function see(code, present = true) {
    const room = chosenRoom();
    if (!room || !code.trim()) return;
    const found = known(code);
    const id = madeId();
    await note({
      key: id,
      kind: "sight",
      room: room.id,
      device: found ? found.device.device_id : null,
      code: code.trim().slice(0, 200),
      present,
    });
    if (!present) answer("", "");
    else if (!found) answer(word("Unknown"), "warn", code);
    else if (found.room.id === room.id) answer(word("Found"), "good", found.device.name);
    else answer(word("Elsewhere", { room: roomName(found.room) }), "warn", found.device.name);
  }

  function answer(text, tone, name = "") {
    const line = part("answer");
    line.textContent = "";
    if (!text) return;
    const mark = document.createElement("span");
    mark.className = `state state-${tone}`;
    mark.textContent = text;
    line.append(mark, ` ${name}`);
  }

  // --- what is shown ----------------------------------------------------------------------

  function element(tag, className, text) {
    const made = document.createElement(tag);
    made.className = className;
    if (text !== undefined) made.textContent = text;
    return made;
  }

  function showRooms() {
    const list = part("room-list");
    list.textContent = "";
    for (const room of sheet.rooms) {
      const link = element("a", "list-group-item list-group-item-action d-flex gap-2");
      link.href = `#${room.id}`;
      const seen = room.devices.filter((device) => seenIn(device) === room.id).length;
      link.append(
        element("span", "flex-fill", roomName(room)),
        element("span", "", `${seen} / ${room.devices.length}`),
      );
      if (isDone(room)) link.append(element("span", "state state-good", word("Done")));
      list.append(link);
    }
  }

  function stateOf(device, room) {
    const where = seenIn(device);
    if (where === room.id) return [word("Found"), "good"];
    if (!where) return [word("Open"), "idle"];
    const other = sheet.rooms.find((one) => one.id === where);
    return [word("SeenIn", { room: other ? roomName(other) : "?" }), "warn"];
  }

  function deviceLine(device, room) {
    const line = element("li", "list-group-item d-flex flex-wrap gap-2 align-items-center");
    const text = element("div", "flex-fill");
    text.append(element("div", "fw-bold", device.name));
    const facts = [device.model, device.asset_number, device.serial].filter(Boolean).join(" · ");
    text.append(element("div", "text-secondary small", facts));
    const [state, tone] = stateOf(device, room);
    text.append(element("span", `state state-${tone}`, state));
    if (device.disputed) text.append(element("div", "small", word("Disputed")));
    const here = seenIn(device) === room.id;
    const button = element("button", "btn", here ? word("NotHere") : word("Here"));
    button.type = "button";
    button.setAttribute("aria-label", `${button.textContent}: ${device.name}`);
    button.addEventListener("click", () => see(`/devices/${device.device_id}`, !here));
    line.append(text, button);
    return line;
  }

  function showRoom(room) {
    part("room-name").textContent = roomName(room);
    const list = part("devices");
    list.textContent = "";
    for (const device of room.devices) list.append(deviceLine(device, room));
    const others = everyDevice().filter(
      (one) => one.room.id !== room.id && seenIn(one.device) === room.id,
    );
    if (others.length) list.append(element("li", "list-group-item fw-bold", word("Extra")));
    for (const { device } of others) list.append(deviceLine(device, room));
    part("done").textContent = isDone(room) ? word("RoomAgain") : word("RoomDone");
  }

  function showSync() {
    const line = part("sync");
    line.textContent = queue.length ? word("Waiting", { count: queue.length }) : word("Sent");
    if (!navigator.onLine) line.textContent += ` · ${word("Offline")}`;
    else if (trouble) line.textContent += ` · ${trouble}`;
    root.dataset.waiting = queue.length;
    root.dataset.aside = aside.length;
  }

  function showAside() {
    const detail = aside.map(({ key, kind, room, code, reason }) => {
      const place = sheet && sheet.rooms.find((one) => one.id === room);
      return {
        key,
        reason: word("Refused", { reason }),
        what: kind === "sight" ? code : word("RoomDone"),
        where: place ? roomName(place) : "",
        code: kind === "sight" ? code : null,
      };
    });
    root.dispatchEvent(new CustomEvent("asidechanged", { detail }));
  }

  function show() {
    showSync();
    showAside();
    if (!sheet) return;
    const room = chosenRoom();
    part("rooms").hidden = Boolean(room);
    part("room").hidden = !room;
    if (room) showRoom(room);
    else showRooms();
  }

  // --- sending ----------------------------------------------------------------------------

  async function ask(path, method, body) {
    const answered = await fetch(api + path, {
      method,
      credentials: "same-origin",
      headers: { "Content-Type": "application/json", Accept: "application/json" },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    if (answered.ok) return answered.json();
    const problem = await answered.json().catch(() => ({}));
    throw Object.assign(new Error(problem.detail || String(answered.status)), {
      status: answered.status,
      code: problem.code,
    });
  }

  async function sent(entries) {
    const keys = new Set(entries.map((entry) => entry.key));
    await within("queue", "readwrite", (store) => {
      for (const key of keys) store.delete(key);
    });
    queue = queue.filter((entry) => !keys.has(entry.key));
  }

  // What was refused leaves the queue, so that what was seen after it goes on.
  async function setAside(entry, reason) {
    entry.reason = reason;
    await keep(entry);
    queue = queue.filter((one) => one.key !== entry.key);
    aside.push(entry);
  }

  function isRefusal(error) {
    return REFUSED.has(error.status) && error.code !== OVER;
  }

  // In the order in which it was seen: observations together up to the next room that is done.
  async function sendNext() {
    if (queue[0].kind === "done") {
      const entry = queue[0];
      await bring([entry], () =>
        ask(`/rooms/${encodeURIComponent(entry.room)}`, "PUT", { done: entry.done }),
      );
      return;
    }
    const end = queue.findIndex((entry) => entry.kind !== "sight");
    await bring(queue.slice(0, end < 0 ? AT_ONCE : Math.min(end, AT_ONCE)), (some) =>
      ask("/observations", "POST", {
        phone: phone(),
        sent_at: new Date().toISOString(),
        observations: some.map(({ key, room, code, present, at }) => ({
          id: key, room, code, present, seen_at: at,
        })),
      }),
    );
  }

  // All of a request is taken or none: halves are sent until the one that is refused stands alone.
  async function bring(some, tell) {
    try {
      await tell(some);
    } catch (error) {
      if (!isRefusal(error)) throw error;
      if (some.length === 1) return setAside(some[0], error.message);
      const half = Math.ceil(some.length / 2);
      await bring(some.slice(0, half), tell);
      return bring(some.slice(half), tell);
    }
    await sent(some);
  }

  // Somebody corrects what was refused, or lets go of it.
  async function decide({ key, code, drop }) {
    const entry = aside.find((one) => one.key === key);
    if (!entry || (!drop && entry.kind === "sight" && !code.trim())) return;
    aside = aside.filter((one) => one !== entry);
    if (drop) {
      await sent([entry]);
    } else {
      delete entry.reason;
      if (entry.kind === "sight") {
        const found = known(code);
        entry.code = code.trim().slice(0, 200);
        entry.device = found ? found.device.device_id : null;
      }
      await keep(entry);
      queue.push(entry);
      queue.sort(byTime);
    }
    show();
    send();
  }

  async function send() {
    if (sending || !navigator.onLine) return showSync();
    sending = true;
    try {
      const any = queue.length > 0;
      while (queue.length) await sendNext();
      trouble = "";
      if (any || !sheet) await fetchSheet();
    } catch (error) {
      if (error.status === 401) trouble = word("Login");
      else if (error.code === OVER) trouble = word("Over");
      else if (error.status) trouble = word("Refused", { reason: error.message });
    } finally {
      sending = false;
      show();
    }
  }

  async function fetchSheet() {
    const fresh = await ask(`/schools/${encodeURIComponent(school)}`, "GET");
    sheet = fresh;
    await within("sheets", "readwrite", (store) =>
      fresh.state === "counting" ? store.put(fresh, place) : store.delete(place),
    );
  }

  // --- beginning --------------------------------------------------------------------------

  function keepPage() {
    if (!("serviceWorker" in navigator)) return;
    navigator.serviceWorker.addEventListener("message", (event) => {
      if (!event.data || !event.data.kept) return;
      root.dataset.kept = "yes";
      part("kept").textContent = word("Kept");
    });
    const made = [...document.querySelectorAll("script[src], link[href], svg use")].map(
      (one) => one.src || (one.getAttribute("href") || "").split("#")[0],
    );
    const page = window.location.pathname;
    navigator.serviceWorker
      .register("/stocktaking/worker.js")
      .then(() => navigator.serviceWorker.ready)
      .then((worker) =>
        worker.active.postMessage({ keep: [page, ...new Set(made.filter(Boolean))] }),
      )
      .catch(() => {}); // without https the page works for as long as it is open
  }

  function byTime(one, other) {
    return one.at < other.at ? -1 : one.at > other.at ? 1 : 0;
  }

  async function begin() {
    await openDatabase();
    const kept = (await within("queue", "readonly", (store) => store.getAll()))
      .filter((entry) => entry.place === place)
      .sort(byTime);
    queue = kept.filter((entry) => !entry.reason);
    aside = kept.filter((entry) => entry.reason);
    sheet = (await within("sheets", "readonly", (store) => store.get(place))) || null;
    show();
    if (navigator.onLine) {
      await fetchSheet().catch(() => {});
      show();
    }
    keepPage();
    root.dataset.ready = "yes";
    send();
  }

  part("form").addEventListener("submit", (event) => {
    event.preventDefault();
    const field = event.target.elements.code;
    const code = field.value;
    field.value = "";
    field.focus();
    see(code);
  });
  part("done").addEventListener("click", () => {
    const room = chosenRoom();
    if (room) note({ key: madeId(), kind: "done", room: room.id, done: !isDone(room) });
  });
  root.addEventListener("labelseen", (event) => see(event.detail));
  root.addEventListener("asidesaid", (event) => decide(event.detail));
  root.addEventListener("nocamera", () => answer(word("Camera"), "warn"));
  window.addEventListener("hashchange", () => {
    answer("", "");
    show();
  });
  window.addEventListener("online", send);
  window.addEventListener("offline", showSync);
  window.setInterval(send, LATER);
  begin();
})();
