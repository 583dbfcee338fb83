"""Finding devices: ranges looked through, neighbours followed, brokers listened to."""
