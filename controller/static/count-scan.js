// The camera of the counting page: says "labelseen" with what a label says, or "nocamera".
(function () {
  "use strict";
  const SAME_LABEL = 3000; // a label before the camera is one label for so long
  const BETWEEN = 150; // two looks
  const FORMATS = ["qr_code", "code_128", "code_39"];

  const root = document.getElementById("count");
  if (!root || !window.BarcodeDetector || !navigator.mediaDevices) return;
  const video = root.querySelector("[data-count-video]");
  const button = root.querySelector("[data-count-scan]");

  function say(name, detail) {
    root.dispatchEvent(new CustomEvent(name, { detail }));
  }

  function stop() {
    for (const track of video.srcObject ? video.srcObject.getTracks() : []) track.stop();
    video.srcObject = null;
    video.hidden = true;
  }

  async function look() {
    const detector = new window.BarcodeDetector({ formats: FORMATS });
    let last = "";
    let lastAt = 0;
    while (!video.hidden) {
      const codes = await detector.detect(video).catch(() => []);
      const text = codes.length ? codes[0].rawValue : "";
      if (text && (text !== last || Date.now() - lastAt > SAME_LABEL)) {
        last = text;
        lastAt = Date.now();
        if (navigator.vibrate) navigator.vibrate(60);
        say("labelseen", text);
      }
      await new Promise((resolve) => window.setTimeout(resolve, BETWEEN));
    }
  }

  async function scan() {
    if (!video.hidden) return stop();
    try {
      video.srcObject = await navigator.mediaDevices.getUserMedia({
        video: { facingMode: "environment" },
      });
      video.hidden = false;
      await video.play();
      await look();
    } catch {
      stop();
      say("nocamera");
    }
  }

  button.addEventListener("click", scan);
  button.hidden = false;
  window.addEventListener("hashchange", stop);
})();
