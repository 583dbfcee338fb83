// What a telephone keeps of a count: sheets by their place, entries by their key, its own name.
(function () {
  "use strict";
  let database = null;

  function openDatabase() {
    return new Promise((resolve, reject) => {
      const wish = indexedDB.open("fleet-stocktaking", 1);
      wish.onupgradeneeded = () => {
        wish.result.createObjectStore("sheets");
        wish.result.createObjectStore("queue", { keyPath: "key" });
      };
      wish.onsuccess = () => {
        database = wish.result;
        resolve();
      };
      wish.onerror = () => reject(wish.error);
    });
  }

  function within(store, mode, act) {
    return new Promise((resolve, reject) => {
      const work = database.transaction(store, mode);
      const wish = act(work.objectStore(store));
      work.oncomplete = () => resolve(wish && wish.result);
      work.onerror = work.onabort = () => reject(work.error);
    });
  }

  function madeId() {
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  }

  function phone() {
    let known = localStorage.getItem("fleet-stocktaking-phone");
    if (!known) {
      known = madeId();
      localStorage.setItem("fleet-stocktaking-phone", known);
    }
    return known;
  }

  window.fleetCount = { madeId, openDatabase, phone, within };
})();
