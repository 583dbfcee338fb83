// Pages behind labels, in any browser of a telephone, WeChat's among them: photos made small before
// they are sent, and a signature by finger. Without this script everything else works all the same.
(function () {
  "use strict";
  var LONGEST = 1600;
  var SMALL_ENOUGH = 600000;

  function shrunk(file, done) {
    // As text, because pages of ours show no blobs (Content-Security-Policy).
    var reader = new FileReader();
    var image = new Image();
    image.onerror = reader.onerror = function () { done(file); };
    image.onload = function () {
      var scale = Math.min(1, LONGEST / Math.max(image.naturalWidth, image.naturalHeight));
      var canvas = document.createElement("canvas");
      canvas.width = Math.round(image.naturalWidth * scale);
      canvas.height = Math.round(image.naturalHeight * scale);
      canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
      if (!canvas.toBlob) { done(file); return; }
      canvas.toBlob(function (blob) {
        var fits = blob && blob.size < file.size;
        done(fits ? new File([blob], "photo.jpg", { type: "image/jpeg" }) : file);
      }, "image/jpeg", 0.82);
    };
    reader.onload = function () { image.src = reader.result; };
    reader.readAsDataURL(file);
  }

  function preview(box, file) {
    var image = document.createElement("img");
    var reader = new FileReader();
    image.alt = "";
    reader.onload = function () { image.src = reader.result; };
    reader.readAsDataURL(file);
    box.appendChild(image);
  }

  function photos(form) {
    var input = form.querySelector('input[type="file"]');
    var box = form.querySelector("[data-photos]");
    input.addEventListener("change", function () {
      var chosen = Array.prototype.slice.call(input.files, 0, Number(input.dataset.most));
      var kept = [];
      var left = chosen.length;
      box.textContent = "";
      chosen.forEach(function (file, place) {
        function done(result) {
          kept[place] = result;
          preview(box, result);
          left -= 1;
          if (left === 0) put(input, kept);
        }
        if (file.size > SMALL_ENOUGH) shrunk(file, done); else done(file);
      });
    });
  }

  // Old browsers let nobody change what was chosen: then the photos are sent as they are.
  function put(input, files) {
    try {
      var data = new DataTransfer();
      files.forEach(function (file) { data.items.add(file); });
      input.files = data.files;
    } catch (error) { /* sent as they are */ }
  }

  function once(form) {
    form.addEventListener("submit", function () {
      var button = form.querySelector('button[type="submit"]');
      window.setTimeout(function () { button.disabled = true; }, 0);
    });
    // Whoever goes back finds the button as it was.
    window.addEventListener("pageshow", function () {
      form.querySelector('button[type="submit"]').disabled = false;
    });
  }

  function sign(form) {
    var part = form.querySelector("[data-canvas]");
    var canvas = part.querySelector("canvas");
    var field = part.querySelector('input[name="signature"]');
    var pen = canvas.getContext("2d");
    var drawing = false;
    if (!pen) return;
    part.hidden = false;

    function at(event) {
      var touch = event.touches ? event.touches[0] : event;
      var box = canvas.getBoundingClientRect();
      var x = ((touch.clientX - box.left) * canvas.width) / box.width;
      return [x, ((touch.clientY - box.top) * canvas.height) / box.height];
    }
    function clear() {
      pen.fillStyle = "#fff";
      pen.fillRect(0, 0, canvas.width, canvas.height);
      field.value = "";
    }
    function begin(event) {
      var point = at(event);
      drawing = true;
      pen.lineWidth = 4;
      pen.lineCap = pen.lineJoin = "round";
      pen.strokeStyle = "#000";
      pen.beginPath();
      pen.moveTo(point[0], point[1]);
      event.preventDefault();
    }
    function go(event) {
      if (!drawing) return;
      var point = at(event);
      pen.lineTo(point[0], point[1]);
      pen.stroke();
      event.preventDefault();
    }
    function end() {
      if (drawing) field.value = canvas.toDataURL("image/png");
      drawing = false;
    }
    var names = window.PointerEvent
      ? ["pointerdown", "pointermove", "pointerup", "pointerleave"]
      : ["touchstart", "touchmove", "touchend", "touchcancel"];
    canvas.addEventListener(names[0], begin);
    canvas.addEventListener(names[1], go);
    canvas.addEventListener(names[2], end);
    canvas.addEventListener(names[3], end);
    part.querySelector("[data-clear]").addEventListener("click", clear);
    clear();
  }

  var report = document.querySelector("form[data-report]");
  var confirm = document.querySelector("form[data-sign]");
  if (report) { photos(report); once(report); }
  if (confirm) { sign(confirm); once(confirm); }
})();
