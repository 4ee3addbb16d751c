-- Text, tool calls and tool results of an answer in order, for the agent's later turns: a JSON array. NULL for answers without tools.
ALTER TABLE messages ADD COLUMN transcript JSON;
