-- What Twilio delivered without proof is counted with its SMS or with its WhatsApp from now on.

DELETE FROM connector_health WHERE channel = 'twilio';
